"""What a program may find around it: variables, folders, limits, descriptors, mounts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

SOURCES: Final = Path(__file__).resolve().parents[2]
_FOLDERS: Final = (b"HOME", b"XDG_CONFIG_HOME", b"XDG_RUNTIME_DIR", b"XDG_STATE_HOME", b"TMPDIR",
                   b"RINGLET_CONFIG_DIR", b"RINGLET_STATE_DIR", b"RINGLET_USER_HOME",
                   b"CLOWN_CONFIG_DIR",
                   b"RINGLET_DAEMON_ENDPOINT", b"XDG_DATA_HOME", b"XDG_CACHE_HOME")  # fmt: skip
_OTHERS: Final = (b"PATH", b"LANG", b"LC_ALL", b"TERM", b"COLUMNS", b"LINES", b"NO_COLOR", b"SHELL",
                  b"EDITOR", b"VISUAL", b"TZ", b"RINGLET_HTTP_PORT", b"RINGLET_RUN_ID", b"USER",
                  b"PWD",
                  b"RINGLET_SECRETS_KEY_FILE", b"RINGLET_REGISTRY_URL", b"DBUS_SESSION_BUS_ADDRESS",
                  b"PYTHONPATH", b"CLAUDE_CONFIG_DIR", b"CODEX_HOME", b"\xff\xfe",
                  b"SSH_AUTH_SOCK")  # fmt: skip
_TEXTS: Final = (b"", b"0", b"-1", b"99999999999999999999", b"\xff\xfe", b"C", b"xx_YY.UTF-99",
    b"a b",
                 b"tcp://127.0.0.1:1", b"tcp://example.org:80", b"ipc:///nowhere/x.sock",
                 b"x" * 3000,
                 b"unix:path=/nonexistent", b"'", b"$(true)", b"a\nb", b"true",
                 b"false")  # fmt: skip


@dataclass
class Surroundings:
    """How a command is started: `prefix` before it, a shell's `preamble` in front, `environ`.

    `names` says what was done, `strict` is False where the system itself may end the program.
    """

    scratch: Path
    home: Path
    runtime: Path
    environ: dict[bytes, bytes]
    mounts: list[str] = field(default_factory=list)
    user: int = 0
    preamble: list[bytes] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    silent: bool = False
    strict: bool = True

    def argv(self, program: list[bytes]) -> list[bytes]:
        """The whole command line that runs the program in here."""
        script = b"\n".join([*self.preamble, b'exec "$@"'])
        rights = ["--cap-add", "ALL"] if os.geteuid() == 0 else []
        jail = [_tool("bwrap"), *rights, *_jail(self.scratch), *self.mounts]
        if self.user:
            number = str(self.user)
            jail += [_tool("setpriv"), "--reuid", number, "--regid", number, "--clear-groups", "--"]
        return [*map(os.fsencode, jail), b"/bin/sh", b"-c", script, b"sh", *program]


def _tool(name: str) -> str:
    """The path of a program, whatever PATH will be."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found


def _jail(scratch: Path) -> list[str]:
    """Nothing but the scratch folder can be written to, and the real home is not to be seen.

    But for the interpreter and the program, if they are there.
    """
    real = os.path.expanduser("~")
    places = {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, SOURCES)}
    kept = [place for place in sorted(places) if place.startswith(real + "/")]
    seen = [word for place in kept for word in ("--ro-bind", place, place)]
    ours = ["--tmpfs", "/tmp", "--bind", str(scratch), str(scratch)]
    return ["--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", real, *seen, *ours]


def _variable(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    for _ in range(chance.randint(1, 3)):
        is_folder = chance.random() < 0.65
        name = chance.choice(_FOLDERS if is_folder else _OTHERS)
        pool = (*paths, b"", b"relative/x", b"/proc/", b"/dev/null", b"/" + b"e" * 120,
            b"/tmp/../proc",
                os.fsencode(here.home) + b"/caf\xe9", os.fsencode(here.home) + b"//",
                b"/e" * 2100)  # fmt: skip
        value = chance.choice(pool if is_folder or chance.random() < 0.3 else _TEXTS)
        if chance.random() < 0.15:
            here.environ.pop(name, None)
            here.names.append(f"without {name!r}")
        else:
            here.environ[name] = value
            here.names.append(f"{name!r}={value[:60]!r}")


def _config(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    """What stands where the configuration should be."""
    below = here.home / ".config"
    place = chance.choice((below, below / "ringlet", below / "ringlet" / "logs", below / "ringlet" /
                           "config.toml", here.home / ".local", below / "ringlet" / "telemetry",
                           below / "ringlet" / "profiles", below / "ringlet" / "cache",
                           below / "ringlet" / "daemon.lock", below / "ringlet" / "http_token",
                           below / "ringlet" / "daemon-endpoint",
                           below / "ringlet" / "daemon.pid"))  # fmt: skip
    place.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(place):
        return
    kind = chance.choice(("link", "loop", "file", "fifo", "closed", "noise", "socket name"))
    if kind in ("link", "loop"):
        place.symlink_to(place if kind == "loop" else here.home / "gone" / "x")
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "closed":
        place.mkdir(mode=0)
    elif kind == "socket name":
        place.write_bytes(os.fsencode(here.home) + b"/caf\xe9.sock")
    else:
        place.write_bytes(b"" if kind == "file" else os.urandom(300))
    for made in (place, *place.parents):
        if made == here.home:
            break
        os.chown(made, here.user or -1, -1, follow_symlinks=False)
    here.names.append(f"{kind} at {place.relative_to(here.home)}")


def _folder(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    kind = chance.choice((b"deleted", b"caf\xe9", b"closed"))
    here.preamble.append(b'cd "$HOME" 2>/dev/null && mkdir -p work-%s && cd work-%s' % (kind, kind))
    if kind == b"deleted":
        here.preamble.append(b'rmdir "$PWD"')
    elif kind == b"closed":
        here.preamble.append(b"chmod 0 .")
    here.names.append(f"in a folder {kind!r}")


def _limit(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    letter, value = chance.choice((
        ("n", chance.randint(3, 64)), ("n", chance.randint(8, 24)), ("f", chance.choice((0, 1, 8))),
        ("v", chance.randrange(60_000, 600_000)), ("s", chance.choice((64, 256, 1024))),
        ("t", chance.choice((1, 2))), ("u", chance.randint(1, 8)),
    ))  # fmt: skip
    option = {"u": b"--nproc"}.get(letter)
    if option:
        here.preamble.append(b'set -- %s %s=%d "$@"' % (_tool("prlimit").encode(), option, value))
    else:
        here.preamble.append(b"ulimit -%s %d" % (letter.encode(), value))
    here.strict = here.strict and letter not in "ts"
    here.silent = here.silent or letter == "f"
    here.names.append(f"ulimit -{letter} {value}")


def _closed(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    chosen = [fd for fd in (0, 1, 2) if chance.random() < 0.6] or [chance.randrange(3)]
    here.preamble.append(b"exec " + b" ".join(b"%d>&-" % fd for fd in chosen))
    here.silent = here.silent or 1 in chosen or 2 in chosen
    here.names.append(f"closed {chosen}")


def _umask(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    mask = chance.choice((b"0", b"0777", b"0700", b"0222", b"0444"))
    here.preamble.append(b"umask %s" % mask)
    here.names.append(f"umask {mask.decode()}")


def _mounts(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    home, runtime = str(here.home), str(here.runtime)
    kinds = {
        "no /proc": ["--tmpfs", "/proc"],
        "read-only home": ["--ro-bind", home, home],
        "full home": ["--size", "4096", "--tmpfs", home],
        "small home": ["--size", str(4096 * chance.randint(4, 40)), "--tmpfs", home],
        "read-only sockets": ["--ro-bind", runtime, runtime],
        "full temp folder": ["--size", "4096", "--tmpfs", "/var/tmp"],
        "empty /dev": ["--tmpfs", "/dev"],
    }
    name = chance.choice(sorted(kinds))
    here.mounts += kinds[name]
    here.names.append(name)


def _clock(here: Surroundings, chance: Random, paths: tuple[bytes, ...]) -> None:
    when = chance.choice((b"1970-01-02 00:00:00", b"2037-12-31 23:59:59", b"2106-02-07 06:28:16",
                          b"+400y", b"-3000d"))  # fmt: skip
    here.preamble.append(
        b'set -- %s -f "%s%s" "$@"'
        % (_tool("faketime").encode(), b"@" if when[:1].isdigit() else b"", when)
    )
    here.names.append(f"clock at {when.decode()}")


Fault = Callable[[Surroundings, Random, tuple[bytes, ...]], None]
LIGHT: Final[tuple[Fault, ...]] = (_folder, _limit, _closed, _umask, _clock)
HEAVY: Final[tuple[Fault, ...]] = (_variable, _variable, _config, _mounts, *LIGHT)
