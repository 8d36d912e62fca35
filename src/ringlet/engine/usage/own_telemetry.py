"""Where somebody else has said already that an agent sends telemetry, and to whom.

An agent reads variables from settings of its own, too: of the profile, of the project, of the
organisation that manages the machine. What goes to their collector must not end up here instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from ringlet.domain.errors import RingletError
from ringlet.store.files import read_bounded

_LARGEST: Final = 1 << 20


class _Settings(msgspec.Struct):
    env: dict[str, object] = {}


def set_in_files(names: Iterable[str], folders: Iterable[Path]) -> dict[str, object]:
    """The variables in these JSON files, which hold them as a map named `env`; blocks.

    A relative name is looked for in each of the folders. What cannot be read sets nothing: the
    agent cannot read it either.
    """
    found: dict[str, object] = {}
    for path in _paths(names, list(folders)):
        try:
            content = read_bounded(path, _LARGEST)
            found |= msgspec.json.decode(content or b"{}", type=_Settings).env
        except (RingletError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return found


def _paths(names: Iterable[str], folders: list[Path]) -> Iterator[Path]:
    for name in names:
        if Path(name).is_absolute():
            yield Path(name)
        else:
            yield from (folder / name for folder in folders)
