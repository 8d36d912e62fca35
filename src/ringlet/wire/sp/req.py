"""REQ: the client that sends requests."""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

from ringlet.wire.sp.client import Client, ClientConnection
from ringlet.wire.sp.frames import FrameError, Oversize, Role

_ID_SIZE: Final = 4
_ID_BIT: Final = 1 << 31


class _ReqConnection(ClientConnection):
    def __init__(self) -> None:
        super().__init__(Role.REQ)
        self.waiting: dict[bytes, asyncio.Future[bytes]] = {}
        self.writable = asyncio.Event()
        self.writable.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def received(self, message: bytes) -> None:
        if isinstance(message, Oversize):
            raise FrameError("a reply beyond the limit")
        # A reply that nobody waits for any more came after its time-out.
        reply = self.waiting.get(message[:_ID_SIZE])
        if reply is not None and not reply.done():
            reply.set_result(message[_ID_SIZE:])

    def ended(self, error: ConnectionError) -> None:
        self.writable.set()
        for reply in self.waiting.values():
            if not reply.done():
                reply.set_exception(_unanswered(error))


class ReqClient(Client[_ReqConnection]):
    """Sends requests, any number at a time, and never one twice."""

    def __init__(self, connection: _ReqConnection) -> None:
        super().__init__(connection)
        self._numbers = itertools.count(1)

    async def request(
        self,
        body: bytes,
        timeout: float | None,  # noqa: ASYNC109 - it covers waiting for room to write as well
    ) -> bytes:
        """The reply to `body`, within `timeout` seconds, else TimeoutError.

        Raises ConnectionError as soon as the server is gone: whether it carried the request out
        is then unknown.
        """
        connection = self._connection
        if connection.error is not None:
            raise ConnectionError("The server had closed the connection before this request")
        key = (_ID_BIT | next(self._numbers) % _ID_BIT).to_bytes(_ID_SIZE, "big")
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        connection.waiting[key] = reply
        try:
            async with asyncio.timeout(timeout):
                await connection.writable.wait()
                connection.send(key, body)
                return await reply
        finally:
            del connection.waiting[key]

    @staticmethod
    def _make() -> _ReqConnection:
        return _ReqConnection()


def _unanswered(cause: ConnectionError) -> ConnectionError:
    error = ConnectionError(
        "The connection ended before the reply came; the request is not sent again"
    )
    error.__cause__ = cause
    return error
