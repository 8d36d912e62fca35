"""Read config.toml, and its preferences again whenever it has changed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ringlet.domain.errors import RingletError
from ringlet.domain.preferences import Preferences
from ringlet.domain.settings import Settings
from ringlet.store.files import read_bounded

_LARGEST = 1 << 20


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """The settings, and what is wrong with the file, if anything; defaults then apply."""
    try:
        data = read_bounded(path, _LARGEST)
    except RingletError as error:
        return Settings(), f"{error.message}; the defaults apply"
    if data is None:
        return Settings(), None
    import tomllib  # only who has settings waits for the parser

    try:
        return msgspec.convert(tomllib.loads(data.decode()), Settings), None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        return Settings(), f"{path}: {error}; the defaults apply"


class CurrentPreferences:
    """The preferences as the file has them now. A file that does not parse changes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._preferences = Preferences()
        self._state: tuple[int, int, int] | None = None

    def __call__(self) -> Preferences:
        state = self._look()
        if state != self._state:
            self._state = state
            settings, problem = load_settings(self._path)
            if problem:
                import logging  # slow to load, and seldom needed

                log = logging.getLogger(__name__)
                log.warning("hooks and MCP servers stay as they were: %s", problem)
            else:
                self._preferences = settings.preferences
        return self._preferences

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns
