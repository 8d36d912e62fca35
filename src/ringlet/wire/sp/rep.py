"""REP: the server that answers requests, many at once on every connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from ringlet.wire.sp.frames import HEADER_LIMIT, Oversize, Role, header_size
from ringlet.wire.sp.peer import Peer
from ringlet.wire.sp.server import ActivityHook, Server, ServerConnection

Handler: TypeAlias = Callable[[bytes, Peer], Coroutine[Any, Any, bytes]]

MAX_BODY: Final = 8 << 20
MAX_IN_FLIGHT: Final = 256

# How long a request that was cancelled may take to clean up before the server leaves it behind.
_CLEANUP_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


class RepServer(Server):
    """Answers each request with what `handle(body, peer)` returns, in a task of its own.

    The task is cancelled when its connection ends. A handler translates its own errors: one that
    raises is logged and costs its peer the connection, since no reply would come. A body longer
    than `max_body` bytes is thrown away as it arrives and answered with `oversize(max_body)`.
    A connection with `max_in_flight` requests running, or with replies that the peer does not
    fetch, is not read from until that changes, and its end may go unnoticed until then.
    `on_activity` is called at each connection, request and disconnection.
    """

    def __init__(
        self,
        handle: Handler,
        *,
        oversize: Callable[[int], bytes],
        max_body: int = MAX_BODY,
        max_in_flight: int = MAX_IN_FLIGHT,
        on_activity: ActivityHook | None = None,
    ) -> None:
        super().__init__(on_activity)
        self.handle = handle
        self.oversize = oversize
        self.max_body = max_body
        self.max_in_flight = max_in_flight
        self.requests: set[asyncio.Task[None]] = set()

    def _connect(self) -> ServerConnection:
        return _RepConnection(self)

    async def _finish(self, grace: float) -> None:
        if not self.requests:
            return
        _, late = await asyncio.wait(self.requests, timeout=grace)
        for request in late:
            request.cancel()
        if late:
            await asyncio.wait(late, timeout=_CLEANUP_SECONDS)


class _RepConnection(ServerConnection):
    """A connection whose peer knows by our greeting that its first request was read, too.

    What a closing server leaves unread it has not greeted, so that the peer may ask elsewhere.
    """

    greets_first = False
    _server: RepServer

    def __init__(self, server: RepServer) -> None:
        super().__init__(server, Role.REP, server.max_body + HEADER_LIMIT)
        self._requests: set[asyncio.Task[None]] = set()

    def is_idle(self) -> bool:
        return not self._requests and not self.peer.is_watched

    def greet(self) -> None:
        if self._server.closing:
            self.drop("the server closes")
        else:
            super().greet()

    def connection_lost(self, exc: Exception | None) -> None:
        for request in self._requests:
            # One that is cancelled before it began does not run, so cannot sign itself off.
            request.add_done_callback(self._server.requests.discard)
            request.cancel()
        super().connection_lost(exc)

    def wants_more(self) -> bool:
        return (
            len(self._requests) < self._server.max_in_flight
            and not self._choked
            and not self._server.closing
            and super().wants_more()
        )

    def received(self, message: bytes) -> None:
        self._server.note_activity()
        self._server.freshen(self)
        size = header_size(message)
        header = message[:size]
        if isinstance(message, Oversize) or len(message) - size > self._server.max_body:
            self.send(header, self._server.oversize(self._server.max_body))
        else:
            self._start(header, message[size:])

    def _start(self, header: bytes, body: bytes) -> None:
        request = asyncio.get_running_loop().create_task(self._answer(header, body))
        self._requests.add(request)
        self._server.requests.add(request)

    async def _answer(self, header: bytes, body: bytes) -> None:
        # Signs itself off, because a done-callback costs one more turn of the loop.
        try:
            reply = await self._server.handle(body, self.peer)
        except Exception:
            # The edge of the handler: its defect must end neither the server nor stay hidden.
            _log.exception("The handler failed on a request of %r", self.peer)
            self.drop("its request could not be answered")
        else:
            self.send(header, reply)
        finally:
            request = asyncio.current_task()
            self._requests.discard(request)
            self._server.requests.discard(request)
        if not self.transport.is_reading():
            self.pump()
