"""Ways in which a file can be damaged, and a user account whose every file can be."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BIG: Final = 100 << 20


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _zeroed(path: Path) -> None:
    path.write_bytes(b"\0" * max(64, path.stat().st_size))


def _random(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(512))  # noqa: S311 - the same noise each time


def _wrong_type(path: Path) -> None:
    """Well-formed, but a list of numbers where a table or an object should be."""
    path.write_bytes(b"x = [1, 2]\n" if path.suffix == ".toml" else b"[1, 2]\n")


def _big(path: Path) -> None:
    os.truncate(path, _BIG)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("kept")


def _unreadable(path: Path) -> None:
    path.chmod(0)


def _marked(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


DAMAGES: Final[dict[str, Callable[[Path], None]]] = {
    "empty": _empty,
    "half": _half,
    "zeroed": _zeroed,
    "random": _random,
    "wrong type": _wrong_type,
    "100 MB": _big,
    "a folder": _folder,
    "unreadable": _unreadable,
    "byte order mark": _marked,
    "link loop": _loop,
}


@dataclass(frozen=True, slots=True)
class StateFile:
    """A file of an account, by its path below the home.

    `harmless` names the damages that lose nothing and need no word: the file is written anew
    before it is read, or it is still what it should be. What is `kept` is told and stays where it
    is, as all damage to files that the user writes `by_hand`.
    """

    path: str
    harmless: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    by_hand: bool = False


_CONFIG: Final = ".config/ringlet"
_CONTENT: Final = frozenset(DAMAGES) - {"a folder", "link loop", "unreadable"}
_ALL: Final = frozenset(DAMAGES)

FILES: Final = (
    StateFile(f"{_CONFIG}/profiles/victim.json"),
    StateFile(f"{_CONFIG}/runs/0123456789abcdef0123456789abcdef.json"),
    # A line that is no record costs nothing but itself.
    StateFile(
        f"{_CONFIG}/telemetry/sessions.jsonl",
        harmless=frozenset({"empty", "byte order mark"}),
        kept=frozenset({"wrong type"}),
    ),
    StateFile(f"{_CONFIG}/cache/agent-detections.json"),
    StateFile(f"{_CONFIG}/secrets/store.enc"),
    StateFile(f"{_CONFIG}/secrets/keychain.json"),
    # A key file may come back from a backup; moving it would not help.
    StateFile(".local/state/ringlet/secrets.key", kept=_ALL),
    StateFile(f"{_CONFIG}/agents.json"),
    # Half of it is still more than anybody can guess.
    StateFile(f"{_CONFIG}/http_token", frozenset({"half"})),
    # Written anew by each daemon; what stands in them is believed only after a look.
    StateFile(f"{_CONFIG}/daemon-endpoint", _ALL),
    StateFile(f"{_CONFIG}/daemon.pid", _ALL),
    StateFile(f"{_CONFIG}/daemon.lock", _CONTENT | {"unreadable"}),
    StateFile(f"{_CONFIG}/daemon.start.lock", _CONTENT | {"unreadable"}),
    StateFile(f"{_CONFIG}/logs/ringletd.log", _CONTENT),
    # What stands behind the last page is no part of a database, and an empty one is a new one. Only
    # SQLite's own word sets a ledger aside: a link may lead to one, and rights come back.
    StateFile(
        f"{_CONFIG}/telemetry/usage.db",
        harmless=frozenset({"100 MB", "empty"}),
        kept=frozenset({"link loop", "unreadable"}),
    ),
    StateFile(f"{_CONFIG}/config.toml", frozenset({"empty", "byte order mark"}), by_hand=True),
    StateFile(f"{_CONFIG}/agents.d/mine.toml", frozenset({"byte order mark"}), by_hand=True),
    StateFile(f"{_CONFIG}/providers.d/gate.yaml", frozenset({"byte order mark"}), by_hand=True),
    # Parts of a script are often scripts; what they come to is told when they are used.
    StateFile(
        f"{_CONFIG}/scripts/mine.rhai",
        frozenset({"empty", "half", "wrong type", "byte order mark"}),
        by_hand=True,
    ),
)


def copy_account(template: Path, home: Path) -> None:
    """A home with the same files as the template, links as links."""
    shutil.copytree(template, home, symlinks=True)
