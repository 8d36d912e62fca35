"""The settings as config.toml has them now, and what is wrong with it."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from ringlet.agents.documents import Document, parse_document
from ringlet.agents.problems import ManifestError
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.setting_keys import setting_keys
from ringlet.domain.settings import Settings
from ringlet.runtime.bridges import BRIDGES
from ringlet.store.files import read_bounded

_log = logging.getLogger(__name__)
_LARGEST: Final = 256 << 10
_UNREAD: Final = (-1, -1, -1)  # the state of no file, so that the next look reads it
_LONGEST_NAME: Final = 100  # comparing takes the square of that


class CurrentSettings:
    """The settings, read again whenever the file has changed.

    A file that is not right changes nothing: the last good one counts, at the start the defaults.
    `problem` says what is wrong with it, "" if nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._settings = Settings()
        self._state: tuple[int, int, int] | None = None
        self._problem = ""

    def __call__(self) -> Settings:
        state = self._look()
        if state != self._state:
            self._state = state if self._read() else _UNREAD
        return self._settings

    @property
    def problem(self) -> str:
        """What is wrong with the file as it is now."""
        self()
        return self._problem

    def _read(self) -> bool:
        """Take over what the file says; False if the system does not give it now."""
        try:
            self._settings = parse_settings(self._path, read_settings(self._path))
        except RingletError as error:
            problem = f"{error.message}; the settings from before apply"
            if problem != self._problem:
                _log.warning("%s", problem)
            self._problem = problem
            return not isinstance(error.__cause__, OSError)
        self._problem = ""
        return True

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            return 0, 0, 0  # there is something; reading it will say what is wrong
        return status.st_ino, status.st_size, status.st_mtime_ns


def read_settings(path: Path) -> bytes:
    """The bytes of the file, none if there is no file; raises STORAGE_ERROR."""
    return read_bounded(path, _LARGEST) or b""


def parse_settings(path: Path, data: bytes) -> Settings:
    """The settings in a file; raises STORAGE_ERROR with place and key of every mistake."""
    try:
        document = parse_document(str(path), data)
        _refuse_unknown(document)
        return document.convert(Settings)
    except ManifestError as error:
        raise _wrong([str(problem) for problem in error.problems]) from error


def nearest(word: str, known: Collection[str]) -> str:
    """What a word that is not known may have meant."""
    close = difflib.get_close_matches(word[:_LONGEST_NAME], known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"


def complaints(settings: Settings, providers: Collection[str]) -> Iterator[str]:
    """Names in config.toml that mean nothing here; `providers` are the known ids."""
    bridges = [bridge.name for bridge in BRIDGES]
    for name in settings.isolation.disabled_bridges:
        if name not in bridges:
            yield _unknown("isolation.disabled_bridges", "bridge", name, bridges)
    provider = settings.defaults.provider
    if provider is not None and provider not in providers:
        yield _unknown("defaults.provider", "provider", provider, providers)


def _unknown(key: str, noun: str, name: str, known: Collection[str]) -> str:
    return f"config.toml: {key}: there is no {noun} {name!r}; {nearest(name, known)}"


def _refuse_unknown(document: Document) -> None:
    """Raise about all keys that are not known, with the nearest that are."""
    document.refuse(
        (key, f"this key is not known; {nearest('.'.join(key), _names())}")
        for key in _strangers(document.tree)
    )


def _strangers(tree: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The paths of unknown keys and sections; what is in tables of the user's own is theirs."""
    sections = {name.partition(".")[0] for name in setting_keys()}
    for section, content in tree.items():
        if section not in sections:
            yield (section,)
        elif isinstance(content, dict) and section not in setting_keys():
            yield from ((section, key) for key in content if f"{section}.{key}" not in _names())


def _names() -> Collection[str]:
    return setting_keys().keys()


def _wrong(problems: list[str]) -> RingletError:
    return RingletError(
        ErrorCode.STORAGE_ERROR,
        "; ".join(problems),
        hint="Correct the file, for example with: ringlet config edit",
    )
