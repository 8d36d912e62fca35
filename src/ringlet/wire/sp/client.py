"""What the two clients share: connecting to a trusted server, and knowing when it is gone."""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.sp.connection import Connection
from ringlet.wire.sp.frames import Role
from ringlet.wire.sp.peer import identify, is_trusted

MAX_MESSAGE: Final = 256 << 20
"""Bytes of the longest message that a client accepts."""


class ClientConnection(Connection):
    """A connection that we opened; `ready` is done when the server has greeted or is gone."""

    def __init__(self, role: Role) -> None:
        super().__init__(role, MAX_MESSAGE)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: ConnectionError | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.error = ConnectionError("The server closed the connection")
        self.error.__cause__ = exc
        if not self.ready.done():
            self.ready.set_exception(self.error)
        self.ended(self.error)

    def greeted(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    @abstractmethod
    def ended(self, error: ConnectionError) -> None:
        """The connection is lost; whoever waits must hear of it."""


C = TypeVar("C", bound=ClientConnection)


class Client(ABC, Generic[C]):
    """An open connection; leaving its context closes it. It never reconnects."""

    def __init__(self, connection: C) -> None:
        self._connection = connection

    @classmethod
    async def connect_unix(cls, path: str | os.PathLike[str], *, check_uid: bool = True) -> Self:
        """Connect to a Unix socket; OSError if nobody listens or the listener is not a partner.

        With `check_uid`, a server that runs as another user (root excepted) is refused, because it
        may have taken our socket's place to read what we send.
        """
        connection = cls._make()
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: connection, os.fspath(path))
        if check_uid and not is_trusted(server := identify(0, connection.socket)):
            connection.drop("the server is another user")
            raise RingletError(
                ErrorCode.FORBIDDEN,
                f"The server behind {os.fspath(path)} runs as user {server.uid}, not as you",
                hint="Remove that socket, or set another endpoint.",
            )
        return await cls._open(connection)

    @classmethod
    async def connect_tcp(cls, host: str, port: int) -> Self:
        """Connect to a TCP port; OSError if nobody listens or the listener is not a partner."""
        connection = cls._make()
        await asyncio.get_running_loop().create_connection(lambda: connection, host, port)
        return await cls._open(connection)

    async def close(self) -> None:
        """Close the connection; what still waits for it fails."""
        self._connection.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @staticmethod
    @abstractmethod
    def _make() -> C:
        """The protocol of a new connection."""

    @classmethod
    async def _open(cls, connection: C) -> Self:
        try:
            await connection.ready
        finally:
            if not connection.ready.done() or connection.ready.cancelled():
                connection.drop("nobody waits for it")
        return cls(connection)
