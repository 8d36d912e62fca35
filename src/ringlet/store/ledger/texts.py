"""Texts as they stand in the ledger, which may be damaged in a way that SQLite does not see."""

from __future__ import annotations

import zlib
from typing import Final

LOST: Final = "(lost "  # begins the name of what a damaged ledger did not give back


def lost(number: int) -> str:
    """The name of what has none any more; two of them are never taken for one."""
    return f"{LOST}{number})"


def text_of(data: bytes) -> str:
    """What the bytes of a text say; noise must not keep anybody from all the rest."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return lost(zlib.crc32(data))
