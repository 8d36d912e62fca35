"""Notice a ledger that is damaged before it is opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ringlet.store.descriptors import open_regular
from ringlet.store.quarantine import Quarantine

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_COMPANIONS: Final = ("-wal", "-shm")


def examine(path: Path, quarantine: Quarantine) -> None:
    """Set a file aside that is no whole database, its journal with it. Reads 100 bytes."""
    try:
        fault = _fault(path)
    except FileNotFoundError:
        return
    except OSError as error:
        fault = f"cannot be read ({error.strerror or error})"
    if not fault:
        return
    quarantine.put(path, f"{fault}; transcripts that still exist are read again")
    # The journal of another database would be played into the new one.
    for companion in (path.with_name(path.name + suffix) for suffix in _COMPANIONS):
        if companion.exists():
            quarantine.put(companion, "belongs to a damaged ledger")


def _fault(path: Path) -> str:
    """What is wrong with the file, or nothing; raises OSError if it is none."""
    fd = open_regular(path, os.O_RDONLY)
    try:
        header, size = os.read(fd, _HEADER_BYTES), os.fstat(fd).st_size
    finally:
        os.close(fd)
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        return "is no database"
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    if pages * (65536 if page == 1 else page) > size:
        return "is cut short"
    return ""
