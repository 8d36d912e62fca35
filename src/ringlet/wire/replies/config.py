"""What is said of settings."""

from __future__ import annotations

from typing import Any

import msgspec


class SettingInfo(msgspec.Struct, frozen=True):
    """A key of config.toml. `takes` says in words which values it may have.

    `is_set` says whether it stands in the file; with `from_start` a change counts from the
    daemon's next start, else at once.
    """

    key: str
    value: Any
    default: Any
    is_set: bool
    takes: str
    meaning: str
    from_start: bool
