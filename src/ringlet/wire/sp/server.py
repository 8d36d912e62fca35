"""What the two servers share: accepting, refusing strangers, counting, closing."""

from __future__ import annotations

import asyncio
import itertools
import resource
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ringlet.wire.sp.connection import Connection
from ringlet.wire.sp.frames import Role
from ringlet.wire.sp.peer import Peer, identify, is_trusted

ActivityHook: TypeAlias = Callable[[], None]

MOST: Final = 512
_FEWEST: Final = 16
_PART: Final = 0.1  # of the descriptors that there are
_BACKLOG: Final = 512
# Whoever bound a socket removes its file: it may belong to a service manager.
_KEEP_FILE: Final[dict[str, Any]] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


class Server(ABC):
    """Serves any number of listening sockets until it is closed, which it can be once."""

    def __init__(self, on_activity: ActivityHook | None) -> None:
        self.closing = False
        self._on_activity = on_activity
        self._connections: dict[ServerConnection, None] = {}
        self._listeners: list[asyncio.Server] = []
        self._ids = itertools.count(1)

    @property
    def connections(self) -> int:
        """How many peers are connected now, those that have not greeted yet included."""
        return len(self._connections)

    async def serve_unix(self, sock: socket.socket) -> None:
        """Accept on a bound Unix socket; the server owns it now, but not the file it is bound to.

        Peers of other users, root excepted, are dropped when they connect.
        """
        loop = asyncio.get_running_loop()
        listener = await loop.create_unix_server(
            self._connect, sock=sock, backlog=_BACKLOG, **_KEEP_FILE
        )
        self._listeners.append(listener)

    async def serve_tcp(self, sock: socket.socket) -> None:
        """Accept on a bound TCP socket, which the server owns from now on."""
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(self._connect, sock=sock, backlog=_BACKLOG)
        self._listeners.append(listener)

    async def adopt(self, sock: socket.socket) -> None:
        """Serve a connection that somebody else has accepted; nothing of it was read yet."""
        await asyncio.get_running_loop().connect_accepted_socket(self._connect, sock)

    async def close(self, grace: float) -> None:
        """Stop accepting, let what runs finish and flush for `grace` seconds, end the rest."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace
        self.closing = True
        for listener in self._listeners:
            listener.close()
        await self._finish(grace)
        for connection in self._connections:
            connection.transport.close()
        await self._wait_until_ended(max(0.0, deadline - loop.time()))
        for connection in self._connections:
            connection.drop("the server closes")
        await self._wait_until_ended(None)

    def admit(self, connection: ServerConnection) -> Peer:
        """Count a new connection in, or drop it if its peer has no business here."""
        peer = identify(next(self._ids), connection.socket)
        if self.closing:
            connection.drop("the server closes")
        elif not is_trusted(peer):
            connection.drop(f"{peer!r} is another user")
        else:
            self._connections[connection] = None
            self._make_room(connection)
            self.note_activity()
        return peer

    def dismiss(self, connection: ServerConnection) -> None:
        """Forget a connection that has ended."""
        if connection in self._connections:
            del self._connections[connection]
            self.note_activity()

    def _make_room(self, latest: ServerConnection) -> None:
        """Too many, and the one that has idled for longest goes; its client connects again."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        part = MOST if soft == resource.RLIM_INFINITY else int(soft * _PART)
        if len(self._connections) > max(_FEWEST, min(MOST, part)):
            others = (each for each in self._connections if each is not latest)
            idle = next((each for each in others if each.is_idle()), latest)
            idle.drop("too many connections are open")

    def freshen(self, connection: ServerConnection) -> None:
        """It is not idle."""
        if connection in self._connections:
            self._connections[connection] = self._connections.pop(connection)

    def note_activity(self) -> None:
        """Tell whoever watches for idleness that something happened."""
        if self._on_activity is not None:
            self._on_activity()

    @abstractmethod
    def _connect(self) -> ServerConnection:
        """The protocol of a new connection."""

    @abstractmethod
    async def _finish(self, grace: float) -> None:
        """End what is under way, by force after `grace` seconds."""

    async def _wait_until_ended(self, seconds: float | None) -> None:
        if self._connections:
            await asyncio.wait([each.ended for each in self._connections], timeout=seconds)


class ServerConnection(Connection):
    """An accepted connection; `ended` is done once it is lost."""

    peer: Peer

    def __init__(self, server: Server, role: Role, max_message: int) -> None:
        super().__init__(role, max_message)
        self._server = server
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def is_idle(self) -> bool:
        """Whether nothing would be lost with it that its peer waits for, or holds by it."""
        return False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.peer = self._server.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._server.dismiss(self)
        self.peer.mark_closed()
        self.ended.set_result(None)
