"""PUB: the server that sends every message to every subscriber."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from ringlet.wire.sp.frames import HEADER_LIMIT, FrameError, Role, frame
from ringlet.wire.sp.peer import Peer
from ringlet.wire.sp.server import ActivityHook, Server, ServerConnection

MAX_BACKLOG: Final = 1 << 20

_log = logging.getLogger(__name__)


class PubServer(Server):
    """Publishes messages, which begin with their topic: subscribers filter by prefix themselves.

    Nothing is lost in silence: a subscriber that has something waiting and would come to more than
    `max_backlog` bytes is disconnected, and the log says so. `on_activity` is called at each
    connection and disconnection. Whom `may_follow` says no to is disconnected, too.
    """

    def __init__(
        self,
        *,
        max_backlog: int = MAX_BACKLOG,
        on_activity: ActivityHook | None = None,
        may_follow: Callable[[Peer], bool] = lambda peer: True,
    ) -> None:
        super().__init__(on_activity)
        self.may_follow = may_follow
        self.max_backlog = max_backlog
        self.subscribers: set[_PubConnection] = set()
        self._pending: list[bytes] = []

    def publish(self, message: bytes) -> None:
        """Send to all; what is published in one turn of the loop is one write per subscriber."""
        if not self.subscribers:
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(message)

    def _connect(self) -> ServerConnection:
        return _PubConnection(self)

    async def _finish(self, grace: float) -> None:
        self._flush()

    def _flush(self) -> None:
        messages, self._pending = self._pending, []
        bursts = {
            lead: b"".join([frame(lead, message) for message in messages])
            for lead in {subscriber.lead for subscriber in self.subscribers}
        }
        for subscriber in self.subscribers:
            subscriber.deliver(bursts[subscriber.lead])


class _PubConnection(ServerConnection):
    _server: PubServer

    def __init__(self, server: PubServer) -> None:
        super().__init__(server, Role.PUB, HEADER_LIMIT)

    def greeted(self) -> None:
        if self._server.may_follow(self.peer):
            self._server.subscribers.add(self)
        else:
            self.drop("it may not follow")

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.subscribers.discard(self)
        super().connection_lost(exc)

    def received(self, message: bytes) -> None:
        raise FrameError("a message from a subscriber")

    def deliver(self, burst: bytes) -> None:
        """Write frames, or cut the connection if the peer has fallen too far behind."""
        waiting = self.transport.get_write_buffer_size()
        if self.transport.is_closing():
            return
        # A burst beyond the limit is no fault of a subscriber that has kept up so far.
        if waiting and waiting + len(burst) > self._server.max_backlog:
            _log.warning("Subscriber %r cut off: %d bytes behind", self.peer, waiting + len(burst))
            self.drop("too slow")
        else:
            self.transport.write(burst)
