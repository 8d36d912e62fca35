"""Decide when nobody needs the daemon any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class IdleClock:
    """Calls `expired` once nothing has happened for `timeout` seconds and nothing is going on.

    One timer at most is armed, so an idle daemon does not wake up in between. `busy` tells
    whether clients, runs or the like keep the daemon needed. `timeout` 0 means never.
    """

    def __init__(
        self, timeout: float, *, busy: Callable[[], bool], expired: Callable[[], None]
    ) -> None:
        self.timeout = timeout
        self._busy = busy
        self._expired = expired
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def touch(self) -> None:
        """Something happened."""
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        if self._timer is None and self.timeout:
            self._timer = loop.call_later(self.timeout, self._check)

    def allow(self, timeout: float) -> None:
        """Wait so long from now on; 0 means for ever."""
        self.stop()
        self.timeout = timeout
        self.touch()

    def stop(self) -> None:
        """Disarm for good."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.timeout = 0

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if self._busy():
            self.touch()
            return
        left = self._last + self.timeout - loop.time()
        if left > 0:
            self._timer = loop.call_later(left, self._check)
        else:
            self._expired()
