"""Who is at the other end of a connection."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio.trsock import TransportSocket
from collections.abc import Callable
from typing import Literal, TypeAlias

from ringlet.wire.sp.credentials import credentials

Transport: TypeAlias = Literal["unix", "tcp"]
Address: TypeAlias = tuple[str, int]
Socket: TypeAlias = socket.socket | TransportSocket


class Peer:
    """The other end of one server connection, for as long as it lasts.

    `uid` and `pid` are those of the process that connected, as the kernel noted them then, and
    None over TCP; there `ends` are the addresses, theirs first. `id` is unique within the server.
    """

    __slots__ = ("__weakref__", "_callbacks", "_closed", "ends", "id", "pid", "transport", "uid")

    def __init__(
        self,
        id: int,
        transport: Transport,
        *,
        uid: int | None = None,
        pid: int | None = None,
        ends: tuple[Address, Address] | None = None,
    ) -> None:
        self.id = id
        self.transport = transport
        self.uid = uid
        self.pid = pid
        self.ends = ends
        self._callbacks: dict[object, Callable[[], object]] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"<Peer {self.id} {self.transport} uid={self.uid} pid={self.pid}>"

    @property
    def is_watched(self) -> bool:
        """Whether somebody wants to know of its end, as for the run of a client."""
        return bool(self._callbacks)

    def on_close(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have the loop call back once when the connection ends, or soon if it already has.

        Returns a function that takes the registration back.
        """
        token = object()
        self._callbacks[token] = callback
        if self._closed:
            self._call_soon(token)

        def forget() -> None:
            self._callbacks.pop(token, None)

        return forget

    def mark_closed(self) -> None:
        """For the server: the connection has ended."""
        self._closed = True
        for token in self._callbacks:
            self._call_soon(token)

    def _call_soon(self, token: object) -> None:
        # Each by the loop on its own, so that one that raises does not stop the others.
        asyncio.get_running_loop().call_soon(self._call, token)

    def _call(self, token: object) -> None:
        if callback := self._callbacks.pop(token, None):
            callback()


def identify(id: int, sock: Socket) -> Peer:
    """The peer behind a connected socket; `uid` stays None where the kernel does not tell."""
    if sock.family != socket.AF_UNIX:
        try:
            ends = sock.getpeername()[:2], sock.getsockname()[:2]
        except OSError:  # it has gone already
            ends = ("", 0), ("", 0)
        return Peer(id, "tcp", ends=ends)
    try:
        uid, pid = credentials(sock)
    except OSError:
        return Peer(id, "unix")
    return Peer(id, "unix", uid=uid, pid=pid)


def is_trusted(peer: Peer) -> bool:
    """Whether it may talk to us: over a Unix socket only we ourselves, and root."""
    return peer.transport == "tcp" or peer.uid in (os.getuid(), 0)
