"""HTTP beside the request socket: it comes up after the first reply, and may fail alone."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ringlet.daemon.app import App
from ringlet.domain.errors import RingletError
from ringlet.store import instance, locations

if TYPE_CHECKING:
    from ringlet.daemon.handlers import Handlers
    from ringlet.daemon.http.server import HttpServer

_log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 1.0


class Web:
    """Loads and serves the web part; clients of the request socket never wait for it."""

    def __init__(
        self, app: App, *, handlers: Callable[[], Handlers], on_activity: Callable[[], None]
    ) -> None:
        self._app = app
        self._make_handlers = handlers
        self._on_activity = on_activity
        self._quiet = asyncio.Event()
        self._server: HttpServer | None = None
        self._listener: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def active(self) -> int:
        """Requests and streams that are open now."""
        return self._server.active if self._server else 0

    @property
    def working(self) -> int:
        """Requests that are open now, and no streams: who only listens keeps no daemon."""
        return self._server.active - self._server.listeners if self._server else 0

    def start(self, *, quiet: bool) -> None:
        """Come up at once if it is quiet, else when `calm_down` is called, or after a second."""
        self._app.access.when_awaited(self._quiet.set)
        self._app.access.reserving(self._reserve)
        self.locate()
        if quiet:
            self._quiet.set()
        self._task = asyncio.create_task(self._start())

    def locate(self) -> None:
        """Take the port and write down the address: who reads it early waits in the backlog."""
        try:
            if self._reserve() is not None:
                return
        except (OSError, RingletError) as error:
            _log.warning("no port for HTTP: %s", error)  # told once it shall serve
        self._forget_address()  # a killed daemon leaves it, and a stranger may have the port now

    def calm_down(self) -> None:
        """The clients that were there at the start have gone."""
        self._quiet.set()

    async def close(self) -> None:
        """Stop serving, or coming up."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._server is not None:
            await self._server.close()
        self._forget_address()

    def _forget_address(self) -> None:
        with suppress(OSError):  # a read-only disk
            self._app.paths.http_endpoint.unlink(missing_ok=True)

    async def _start(self) -> None:
        url = None
        try:
            if self._app.settings.daemon.http:
                url = await self._serve()
        except (OSError, RingletError) as error:
            self._complain(f"HTTP is not available: {error}")
        except Exception:
            # The edge of this part: the daemon does without it.
            _log.exception("HTTP failed to start")
            self._complain("HTTP is not available; the log tells why")
        finally:
            if url is None:
                self._give_up()
            self._app.access.open(url)

    def _give_up(self) -> None:
        """Nobody shall wait in the backlog of a part that does not come up."""
        if self._listener is not None:
            self._listener.close()
        self._app.http_endpoint = ""
        self._forget_address()

    def _reserve(self) -> str | None:
        """Where HTTP will answer: whoever comes early waits in the backlog."""
        if self._closing or not self._app.settings.daemon.http:
            return None
        self._listening()
        return self._app.http_endpoint or None

    def _listening(self) -> socket.socket:
        """The socket, with the port taken if that was not done before."""
        from ringlet.daemon.http.port import listen, port_of

        if self._listener is None:
            self._app.access.prepare()
            preferred = self._port()
            self._listener = listen(preferred)
            port = port_of(self._listener)
            if preferred not in (port, 0):
                self._complain(
                    f"Port {preferred} is taken by another program; HTTP answers on port {port}"
                )
            self._announce(f"http://127.0.0.1:{port}")
        return self._listener

    def _announce(self, url: str) -> None:
        self._app.http_endpoint = url
        try:
            instance.record(str(self._app.paths.http_endpoint), url)
        except OSError as error:
            self._complain(
                f"{self._app.paths.http_endpoint} cannot be written: {error.strerror or error}"
            )

    async def _serve(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._quiet.wait()
        except TimeoutError:
            pass  # somebody stays connected, as a run in a terminal does
        # A thread gives way every few milliseconds, so that requests are answered meanwhile.
        await asyncio.to_thread(_load)
        from ringlet.daemon.http.server import HttpServer

        settings = self._app.settings.daemon
        listener = self._listening()
        server = HttpServer(
            listener,
            handlers=self._make_handlers(),
            access=self._app.access,
            origins=lambda: self._app.origins,
            events=self._app.events,
            allowed_hosts=settings.allowed_hosts,
            max_websockets=settings.max_websockets,
            metrics=self._app.metrics,
            telemetry=self._app.telemetry,
            on_activity=self._on_activity,
        )
        await server.start()
        self._server = server
        _log.info("HTTP answers on %s", self._app.http_endpoint)
        return self._app.http_endpoint

    def _complain(self, problem: str) -> None:
        self._app.http_problems.append(problem)
        _log.warning("%s", problem)

    def _port(self) -> int:
        given = locations.setting(self._app.environ, "HTTP_PORT") or ""
        if given.isascii() and given.isdigit() and int(given) < 65536:
            return int(given)
        if given:
            self._complain(f"RINGLET_HTTP_PORT is no port: {given!r}")
        return self._app.settings.daemon.http_port


def _load() -> None:
    """Import what serving takes: longer than everything else that the daemon loads."""
    import ringlet.daemon.http.server  # noqa: F401
