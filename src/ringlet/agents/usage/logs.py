"""Logs, read in blocks of complete lines, whatever their lines are like.

No line is held in memory beyond `LONGEST`, and none is looked through again and again because its
end has not been written yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

_BLOCK: Final = 1 << 20
LONGEST: Final = 8 << 20
"""Bytes of a line; a longer one is passed over. Answers have a few KiB, pictures some MiB."""

_REMEMBERED: Final = 256  # files whose last line is long and has no end yet

_File = tuple[int, int]  # device and inode


class Block(NamedTuple):
    """Complete lines: `data` begins at `start` of the file and ends behind a line end.

    `passed` bytes behind it belong to a line that is passed over, of which `too_long` tells once.
    """

    data: bytes
    start: int
    passed: int = 0
    too_long: int = 0

    @property
    def end(self) -> int:
        """Where the next block begins."""
        return self.start + len(self.data) + self.passed


class Logs:
    """Reads the logs of one agent."""

    def __init__(self) -> None:
        # How far the last lines were looked through that had no end: from where, and up to where.
        self._open: dict[_File, tuple[int, int]] = {}

    def blocks(self, fd: int, offset: int) -> Iterator[Block]:
        """The complete lines from the offset on, many at a time; not what follows the last end.

        An offset within a line, as a block may leave it, means that the rest of it is passed over.
        """
        status = os.fstat(fd)
        file = status.st_dev, status.st_ino
        if self._goes_on(fd, file, offset):
            return
        if offset and os.pread(fd, 1, offset - 1) != b"\n":
            for block in _rest_of_line(fd, offset):
                yield block
                offset = block.end
        held = 0  # bytes behind the offset that have no line end yet
        pieces: list[bytes] = []
        while data := os.pread(fd, _BLOCK, offset + held):
            first, end = data.find(b"\n"), data.rfind(b"\n") + 1
            if held + (first if end else len(data)) > LONGEST:
                pieces = []
                yield Block(b"", offset, held, too_long=1)
                offset += held
                for block in _rest_of_line(fd, offset):
                    yield block
                    offset = block.end
            elif end:
                block = Block(b"".join((*pieces, data[:end])), offset)
                pieces = [data[end:]]
                yield block
                offset = block.end
            else:
                pieces.append(data)
            held = sum(map(len, pieces))
        self._note(file, offset, held)

    def _goes_on(self, fd: int, file: _File, offset: int) -> bool:
        """Whether the line at the offset is one that was looked at, and still has no end."""
        start, seen = self._open.get(file, (-1, 0))
        if start != offset:
            return False
        while data := os.pread(fd, _BLOCK, seen):
            if b"\n" in data or seen + len(data) - offset > LONGEST:
                return False
            seen += len(data)
        self._note(file, offset, seen - offset)
        return True

    def _note(self, file: _File, offset: int, held: int) -> None:
        """Remember a long line without an end; a short one is read again as soon."""
        self._open.pop(file, None)
        if held > _BLOCK:
            while len(self._open) >= _REMEMBERED:
                del self._open[next(iter(self._open))]
            self._open[file] = offset, offset + held


def _rest_of_line(fd: int, offset: int) -> Iterator[Block]:
    """Pass over what is there of a line, up to its end or that of the file."""
    while data := os.pread(fd, _BLOCK, offset):
        end = data.find(b"\n") + 1
        yield Block(b"", offset, end or len(data))
        if end:
            return
        offset += len(data)
