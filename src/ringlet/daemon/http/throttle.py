"""How often something may happen."""

from __future__ import annotations

import time


class Throttle:
    """A bucket of `burst` permits that refills at `per_second`; no timer is involved."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst = float(burst)
        self._rate = per_second
        self._left = float(burst)
        self._seen = time.monotonic()

    def allow(self) -> bool:
        """Take a permit; False if there is none."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
