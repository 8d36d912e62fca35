"""What became of one request over HTTP, for those who count."""

from __future__ import annotations

import time
from typing import Final

from starlette.types import Message, Scope, Send

from ringlet.daemon.metrics import Metrics

# Paths that lead nowhere are counted as one: there could be any number of them.
_NOWHERE: Final = "none"


class Stopwatch:
    """Runs until the head of the answer is sent; a stream may go on for days after that."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.perf_counter()
        self._seconds = 0.0
        self._status = 0

    async def send(self, message: Message) -> None:
        """Pass on what is sent."""
        if not self._status:
            self._seconds = time.perf_counter() - self._began
            self._status = int(message.get("status", 101))
        await self._send(message)

    def report(self, metrics: Metrics) -> None:
        """Count the request, unless its client left before the answer."""
        if self._status:
            route = getattr(self._scope.get("route"), "path", _NOWHERE)
            metrics.http(route, self._status, self._seconds)
