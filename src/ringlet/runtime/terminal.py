"""Say something on the terminal that somebody else's program runs in."""

from __future__ import annotations

import os

import psutil

from ringlet.domain.legible import legible


def tell(pid: int, text: str) -> bool:
    """Write a line to the terminal of a process; False if it has none that can be written to.

    Nothing waits: a terminal that takes no more is left alone.
    """
    try:
        terminal = psutil.Process(pid).terminal()
        if not terminal:
            return False
        flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(terminal, flags)
    except (OSError, psutil.Error):
        return False
    try:
        # An agent may have the terminal in raw mode, where a line feed does not return.
        return os.write(handle, f"\r\n{legible(text)}\r\n".encode()) > 0
    except OSError:
        return False
    finally:
        os.close(handle)
