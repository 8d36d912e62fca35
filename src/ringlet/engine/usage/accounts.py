"""Whose account an answer went to: who was signed in when it was read, where that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ringlet.agents.usage.logins import Content
from ringlet.engine.usage.places import Place
from ringlet.store.descriptors import read_all
from ringlet.store.folder import Entry, Folder

_LARGEST: Final = 8 << 20
_NOBODY: Final[Mapping[str, str]] = {}


class Accounts:
    """Looks into the files of agents that tell; into none twice that is as it was."""

    def __init__(self) -> None:
        self._current: dict[Place, Mapping[str, str]] = {}
        self._known: dict[Place, tuple[list[Entry | None], Mapping[str, str]]] = {}

    def begin(self) -> None:
        """Who is signed in now may be somebody else."""
        self._current.clear()

    def at(self, place: Place, folder: Folder) -> Mapping[str, str]:
        """The accounts at a place, by the vendor of a call; `folder` is the place's home."""
        if place not in self._current:
            self._current[place] = self._find(place, folder)
        return self._current[place]

    def _find(self, place: Place, folder: Folder) -> Mapping[str, str]:
        login = place.reader.login
        if login is None or not place.signed_in:
            return _NOBODY
        files = login.files(place.folder)
        state = [folder.stat(path) for path in files]
        earlier = self._known.get(place)
        if earlier is not None and earlier[0] == state:
            return earlier[1]
        found = login.accounts([_content(folder, path) for path in files])
        self._known[place] = state, found
        return found


def _content(folder: Folder, path: str) -> Content:
    """What the file holds; None if it is a link, no file, too large or not for us."""
    try:
        return read_all(folder.open(path), _LARGEST)
    except FileNotFoundError:
        return b""
    except OSError:
        return None
