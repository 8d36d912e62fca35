"""SUB: the client that receives what is published."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Self

from ringlet.wire.sp.client import Client, ClientConnection
from ringlet.wire.sp.frames import FrameError, Oversize, Role

_MAX_QUEUED: Final = 1000


class _SubConnection(ClientConnection):
    def __init__(self) -> None:
        super().__init__(Role.SUB)
        self.prefixes: set[bytes] = set()
        self.queue: deque[bytes] = deque()
        self.changed = asyncio.Event()

    def wants_more(self) -> bool:
        return len(self.queue) < _MAX_QUEUED and super().wants_more()

    def received(self, message: bytes) -> None:
        if isinstance(message, Oversize):
            raise FrameError("a message beyond the limit")
        if any(map(message.startswith, self.prefixes)):
            self.queue.append(message)
            self.changed.set()

    def ended(self, error: ConnectionError) -> None:
        self.changed.set()


class SubClient(Client[_SubConnection]):
    """An endless asynchronous iterator over the messages that begin with a subscribed prefix.

    Messages published while nobody iterates wait here, a thousand at most, then at the server,
    until it cuts the connection. The iteration ends after `close`, and raises ConnectionError
    when the server ended the connection: some messages may be missing then.
    """

    def __init__(self, connection: _SubConnection) -> None:
        super().__init__(connection)
        self._closed = False

    def subscribe(self, prefix: bytes) -> None:
        """From now on receive messages that begin so; the empty prefix receives all."""
        self._connection.prefixes.add(prefix)

    def unsubscribe(self, prefix: bytes) -> None:
        """Take back a subscription; messages that already arrived stay."""
        self._connection.prefixes.discard(prefix)

    async def close(self) -> None:
        self._closed = True
        await super().close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        connection = self._connection
        while not connection.queue:
            if self._closed:
                raise StopAsyncIteration
            if connection.error is not None:
                raise ConnectionError("The server ended the subscription") from connection.error
            connection.changed.clear()
            await connection.changed.wait()
        message = connection.queue.popleft()
        if not connection.transport.is_reading():
            connection.pump()
        return message

    @staticmethod
    def _make() -> _SubConnection:
        return _SubConnection()
