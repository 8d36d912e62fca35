"""Read config.toml at the start, as quickly as can be."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ringlet.domain.errors import RingletError
from ringlet.domain.settings import Settings
from ringlet.store.files import read_bounded

_LARGEST = 256 << 10


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """The settings, and what is wrong with the file, if anything; defaults then apply."""
    try:
        data = read_bounded(path, _LARGEST)
    except RingletError as error:
        return Settings(), f"{error.message}; the defaults apply"
    if data is None:
        return Settings(), None
    from ringlet.store.toml import parse_toml  # only who has settings waits for the parser

    try:
        return msgspec.convert(parse_toml(data.decode("utf-8-sig")), Settings), None
    except Exception as error:  # a daemon starts whatever the file holds
        return Settings(), f"{path}: {error or type(error).__name__}; the defaults apply"
