"""Read what the caller names, in pieces: files, pipes, descriptors, the standard input.

Only this process can: `/dev/fd/3` and `<(command)` are descriptors of its own, and whoever waits
for the other end of a pipe must not be the daemon.
"""

from __future__ import annotations

import os
from typing import Final

STDIN: Final = "-"
_PIECE: Final = 1 << 18

_descriptors: dict[str, int] = {}


def piece(path: str) -> bytes:
    """The next bytes of `path`, of the standard input for "-"; none at the end. Raises OSError."""
    if path not in _descriptors:
        flags = os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC
        _descriptors[path] = 0 if path == STDIN else os.open(path, flags)
    data = _read(_descriptors[path], _PIECE)
    if not data:
        os.close(_descriptors.pop(path))
    return data


def whole(limit: int) -> bytes:
    """The standard input up to its end, or one byte more than `limit`. Raises OSError."""
    data = b""
    while len(data) <= limit and (block := _read(0, limit + 1 - len(data))):
        data += block
    return data


def _read(fd: int, size: int) -> bytes:
    while True:
        try:
            return os.read(fd, size)
        except BlockingIOError:  # somebody made this pipe or terminal non-blocking
            import select

            source = select.poll()
            source.register(fd, select.POLLIN)
            source.poll()
