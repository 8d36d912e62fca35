"""Look through a ledger that may be in use, without changing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ringlet.store.ledger.verdict import companion, headless, inspect, size_of

_LARGE: Final = 256 << 20


def look_through(
    path: Path, *, thorough: bool = False, is_over: Callable[[], bool] = lambda: False
) -> str:
    """What is damaged, or nothing; blocks, and raises STORAGE_ERROR if that cannot be told now.

    A large ledger that was closed as it should be is left to those who want it `thorough`: damage
    to it shows itself when it is read.
    """
    if fault := headless(path):
        return fault
    was_closed = not size_of(companion(path, "-wal"))
    if was_closed and not thorough and (size_of(path) or 0) > _LARGE:
        return ""
    return inspect(path, is_over=is_over)
