"""Write to the caller's terminal or pipe, by system calls alone."""

from __future__ import annotations

import os


def write(fd: int, data: bytes) -> None:
    """Write everything; a reader that went away ends the output, not the command."""
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        pass
