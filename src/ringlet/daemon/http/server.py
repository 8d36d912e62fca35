"""The web server inside the daemon."""

from __future__ import annotations

import socket
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server

from ringlet.daemon.handlers import Handlers
from ringlet.daemon.http.api import Resource, resources
from ringlet.daemon.http.connection import CONNECTION, HttpConnection, SocketConnection
from ringlet.daemon.http.envelope import refused
from ringlet.daemon.http.followers import GOING, REPLACED, Followers
from ringlet.daemon.http.guard import Guard
from ringlet.daemon.http.pages import Pages
from ringlet.daemon.http.port import port_of
from ringlet.daemon.http.reporting import Reporting
from ringlet.daemon.http.routes import ROUTES
from ringlet.daemon.http.sse import stream
from ringlet.daemon.http.stopwatch import Stopwatch
from ringlet.daemon.http.websocket import EventSocket
from ringlet.daemon.metrics import Metrics
from ringlet.domain.rights import USER, Origin
from ringlet.engine.access import Access
from ringlet.engine.events import EventStream
from ringlet.engine.origins import Origins
from ringlet.engine.usage.telemetry import Telemetry

_KEEP_ALIVE_SECONDS = 15
_LARGEST_FRAME = 256 << 10
_GRACE_SECONDS = 1
_PUBLIC = frozenset((route.method, f"/api{route.path}") for route in ROUTES if route.public)


class HttpServer:
    """Serves on a listening socket until it is closed.

    `on_activity` is called at the beginning and end of each request. uvicorn's own loop, which
    wakes up ten times a second, is not used: its parts are started and shut down one by one.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        handlers: Handlers,
        access: Access,
        origins: Callable[[], Origins | None],
        events: EventStream,
        allowed_hosts: tuple[str, ...],
        max_websockets: int,
        metrics: Metrics,
        telemetry: Telemetry,
        on_activity: Callable[[], None],
    ) -> None:
        self._listener = listener
        self._on_activity = on_activity
        self._metrics = metrics
        self._origins = origins
        self.active = 0
        pages = Pages()
        reporting = Reporting(telemetry)
        self._followers = Followers(events)
        access.on_rotation(lambda: self._followers.end(REPLACED))
        routes = [
            *resources(handlers),
            Route("/api/events", Resource({"GET": stream(self._followers, max_websockets)})),
            Route("/metrics", Resource({"GET": self._tell})),
            WebSocketRoute("/ws", EventSocket(self._followers, max_websockets, on_activity)),
            Route("/ws", Resource({"GET": _ask_for_handshake})),
            *reporting.routes(),
            *pages.routes(),
        ]
        guard = Guard(
            Router(routes, redirect_slashes=False, default=_nothing),
            access=access,
            who=self._who,
            names=_own_names(port_of(listener)),
            proxies=frozenset(map(str.lower, allowed_hosts)),
            public=lambda method, path: (method, path) in _PUBLIC or pages.has(method, path),
            reporting=reporting,
        )
        self._server = Server(_config(self._counted(guard)))

    @property
    def listeners(self) -> int:
        """How many of those that are active only follow events."""
        return len(self._followers)

    async def start(self) -> None:
        """Answer from now on."""
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup([self._listener])

    async def close(self) -> None:
        """Stop accepting, let what runs finish for a moment, end the rest."""
        self._followers.end(GOING)
        if self._server.server_state.connections:
            await self._server.shutdown([self._listener])  # takes a tenth of a second at least
        for listener in self._server.servers:
            listener.close()

    async def _who(self, scope: Scope) -> Origin:
        """Whose process asks; looked up once for each connection, and only while agents run."""
        origins = self._origins()
        if origins is None:
            return USER
        connection = scope["extensions"][CONNECTION]
        return await origins.of_loopback(connection, scope["client"], scope["server"])

    def _counted(self, application: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self.active += 1
            self._on_activity()
            watch = Stopwatch(scope, send)
            try:
                await application(scope, receive, watch.send)
            finally:
                self.active -= 1
                self._on_activity()
                watch.report(self._metrics)

        return counted

    async def _tell(self, request: Request) -> Response:
        await self._metrics.look()
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")


def _own_names(port: int) -> frozenset[str]:
    return frozenset(f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))


def _config(application: ASGIApp) -> Config:
    return Config(
        application,
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=_LARGEST_FRAME,
        ws_per_message_deflate=False,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # the guard logs what breaks; the rest is what clients do
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _ask_for_handshake(request: Request) -> Response:
    """What a plain request for a WebSocket gets, or one whose handshake is not in order."""
    hint = "Connect by WebSocket, or follow events as text: GET /api/events"
    head = {"connection": "upgrade", "upgrade": "websocket"}
    return refused(426, "This is no handshake of a WebSocket", hint, **head)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """What no route leads to."""
    await refused(404, "There is nothing here", "See: GET /api/openapi.json")(scope, receive, send)
