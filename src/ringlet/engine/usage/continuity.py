"""Whether a file is still the one that was read, only longer."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import Final

from ringlet.store.folder import Entry, Folder
from ringlet.store.ledger.positions import Position

_TAIL: Final = 256


def tail_hash(fd: int, offset: int) -> bytes:
    """A hash of the first bytes of a file and the last ones before the offset."""
    head = os.pread(fd, min(_TAIL, offset), 0)
    start = max(0, offset - _TAIL)
    return blake2b(head + os.pread(fd, offset - start, start), digest_size=8).digest()


def goes_on(folder: Folder, entry: Entry, known: Position) -> bool:
    """Whether everything up to the offset is as it was: if not, read from the beginning.

    A log may have been truncated, rewritten, or replaced by another file with its name.
    """
    if (known.device, known.inode) != (entry.device, entry.inode) or entry.size < known.offset:
        return False
    fd = folder.open(entry.path)
    try:
        return tail_hash(fd, known.offset) == known.tail
    finally:
        os.close(fd)
