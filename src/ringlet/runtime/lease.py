"""Notice the end of a process that is not our child."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable

from ringlet.runtime.process import is_alive

_POLL_SECONDS = 1.0


class Lease:
    """Calls `ended` once, when the process (pid, start_time) is gone.

    Where the system has pidfds nothing wakes up in between; elsewhere it looks once a second.
    """

    def __init__(self, pid: int, start_time: float, ended: Callable[[], None]) -> None:
        self._pid = pid
        self._start_time = start_time
        self._ended = ended
        self._timer: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        self._fd = _open(pid)
        if self._fd < 0:
            self._timer = loop.call_later(0, self._look)
        elif is_alive(pid, start_time):
            loop.add_reader(self._fd, self._fire)
        else:  # the number belongs to another process by now
            self._timer = loop.call_later(0, self._fire)

    def release(self) -> None:
        """Stop watching."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        if is_alive(self._pid, self._start_time):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_POLL_SECONDS, self._look)
        else:
            self._fire()

    def _fire(self) -> None:
        self.release()
        self._ended()


def _open(pid: int) -> int:
    """A descriptor that becomes readable when the process ends, or -1."""
    if sys.platform != "linux":
        return -1
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1
