"""uvicorn's connections, made to resist: slow, huge and ambiguous requests end here.

A handshake of a WebSocket that is none goes to the application as the plain request that it is,
so that the guard sees it: the library's own answers come before any check.

Both classes put themselves into the scope of what they carry, so that events can be written to
the transport directly.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ringlet.daemon.http.envelope import refused
from ringlet.daemon.http.followers import MOST_WAITING
from ringlet.daemon.http.handshake import is_handshake
from ringlet.daemon.http.headers import completed
from ringlet.daemon.http.places import Places

HEAD_SECONDS: Final = 5.0
HEAD_BYTES: Final = 32 << 10
_MOST_HEADERS: Final = 100
_MOST_CONNECTIONS: Final = 1024
CONNECTION: Final = "ringlet.connection"
ORIGIN: Final = "ringlet.origin"  # in the scope: whose process asks
# What says how long a body is.
_LENGTHS: Final = {b"content-length", b"transfer-encoding"}

# Connections whose head or body has not come yet, and those that wait for another request.
_waiting = Places(128, 0.15)
_bodies = Places(64, 0.1)
_idle = Places(64, 0.1)


class HttpConnection(HttpToolsProtocol):
    """One client. The head of a request must come soon, be small, and mean one thing only."""

    _deadline: asyncio.TimerHandle | None = None
    _head_size = 0
    _is_handshake = False
    _refusal = (400, "The request is not valid HTTP")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # it is a Transport
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        _bodies.leave(self)
        _idle.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._head_size += len(data)
        super().data_received(data)
        # What came after a complete head was no part of it; then nothing is awaited any more.
        if self._deadline is not None and self._head_size > HEAD_BYTES:
            self._refuse(431, "The head of the request is too long")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        _idle.leave(self)
        extensions: dict[str, Any] = {CONNECTION: self}
        self.scope["extensions"] = extensions
        if self._deadline is None:
            self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header. What comes after a body is none: nobody would check or bound it."""
        if self._deadline is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_came()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > _MOST_HEADERS:
            self._refusal = (431, "The head of the request is too long")
            raise HttpParserError
        if len(self.connections) > _MOST_CONNECTIONS:
            self._refusal = (503, "Too many connections are open")
            raise HttpParserError
        # Proxies and servers disagree on what these mean, which is how requests are smuggled.
        lengths = [name for name, _ in self.headers if name in _LENGTHS]
        if not self.url.startswith(b"/") or len(lengths) > 1:
            raise HttpParserError
        self._is_handshake = (
            self.parser.should_upgrade()
            and self.parser.get_http_version() == "1.1"
            and is_handshake(self.parser.get_method(), self.url, self.headers)
        )
        if lengths:
            _bodies.enter(self)
        super().on_headers_complete()
        if self.parser.should_upgrade() and not self._is_handshake:
            self.cycle.keep_alive = False  # the parser takes what follows for another protocol

    def on_message_complete(self) -> None:
        _bodies.leave(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            _idle.enter(self)

    def send_400_response(self, msg: str) -> None:
        self._refuse(*self._refusal)

    def shutdown(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def _should_upgrade(self) -> bool:
        return self._is_handshake

    def _expect_head(self) -> None:
        self._head_size = 0
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._head_is_late)
        _waiting.enter(self)

    def _head_came(self) -> None:
        _waiting.leave(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _head_is_late(self) -> None:
        self._refuse(408, "The head of the request did not come in time")

    def _refuse(self, status: int, message: str) -> None:
        """Answer by hand, since there is no request that the application could answer."""
        self._head_came()
        response = refused(status, message)
        lines = [b"HTTP/1.1 %d Refused" % status]
        headers = [*completed(response.raw_headers), (b"connection", b"close")]
        lines += [name + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()


class SocketConnection(WebSocketsSansIOProtocol):
    """One WebSocket."""

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[CONNECTION] = self
        await super().run_asgi()

    def handle_ping(self) -> None:
        """Answer, unless the answers to earlier ones still wait to be read."""
        if self.transport.get_write_buffer_size() > MOST_WAITING:
            self.transport.abort()
        else:
            super().handle_ping()
