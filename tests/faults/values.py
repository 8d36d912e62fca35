"""Values that nobody should type, and that arrive all the same."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Final

_WORDS: Final = (
    b"there", b"there", b"there", b"other", b"claude", b"codex", b"demo", b"self", b"model-a",
    b"daily", b"all", b"today", b"7d", b"UTC", b"name", b"http.port", b"daemon.log_level", b"PATH",
    b"claude.rhai", b"work", b"-", b"--", b"-h", b"0", b"1", b"--json", b"json",
)  # fmt: skip
_HOSTILE: Final = (
    b"", b" ", b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80", "ñandú 🦆".encode(), b"a\nb", b"\n", b"\t",
    b"\x1b[31mred\x1b]0;t\x07", b"../../etc/passwd", b"..", b".", b"~", b"~root", b"~nobody/x",
    b"-1", b"99999999999999999999999", b"-0", b"1e400", b"NaN", b"0x10", b"\xd9\xa3",
    b"-9223372036854775809", b"18446744073709551616", b"1.5", b"999999999-99-99", b"0000-00-00",
    b"9999-12-31", b"Europe/../../etc/passwd", b"/etc/localtime", b"$KEYCHAIN:x", b"$KEYCHAIN:",
    b"A=B", b"=", b"=A", b"A=\xff", b"tcp://127.0.0.1:99999", b"tcp://[::1]:1", b"ipc://",
    b"http://", b"http://[", b"http://127.0.0.1:notaport/", b"https://\xff", b"{}", b"[", b"[[[",
    b'"', b"'", b"%s%n", b"{alias}", b"\xe2\x80\xae", b"-" * 300, b"a," * 400, b",", b"null",
    b"a" * 300, b"b" * 5000, b"c" * 100_000, b"/" + b"d/" * 2500, b"--no-such", b"--=", b"=--",
)  # fmt: skip


def prepare_paths(folder: Path) -> tuple[bytes, ...]:
    """Make paths of every unpleasant kind below `folder`, and name some of the system's."""
    folder.mkdir(0o755)
    (folder / "file").write_text("text\n")
    (folder / "empty").touch()
    (folder / "binary").write_bytes(os.urandom(4096))
    (folder / "nested.json").write_text("[" * 100_000)
    (folder / "dangling").symlink_to(folder / "gone" / "far")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "folder").mkdir()
    (folder / "unreadable").write_text("x")
    (folder / "closed").mkdir()
    os.mkfifo(folder / "pipe")
    for name in ("unreadable", "closed"):
        (folder / name).chmod(0)
    raw = os.path.join(os.fsencode(folder), b"caf\xe9")
    os.mkdir(raw)
    made = [os.fsencode(found) for found in folder.iterdir()]
    system = (b"/proc/self/mem", b"/dev/full", b"/dev/null", b"/proc/self/environ", b"/proc",
              b"/proc/self/fd/0", b"/dev/stdin", b"/dev/tty", b"/nonexistent/a/b",
              b"/dev/zero")  # fmt: skip
    return (*made, os.fsencode(folder / "file" / "below"), *system)


def word(chance: Random, paths: tuple[bytes, ...]) -> bytes:
    """One argument: one that makes sense, a hostile one, or a path."""
    kind = chance.random()
    if kind < 0.45:
        return chance.choice(_WORDS)
    return chance.choice(_HOSTILE if kind < 0.75 else paths)
