"""Be the daemon, from taking over the socket to leaving nothing behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ringlet import __version__
from ringlet.commands.following import LEVELS
from ringlet.daemon.app import App
from ringlet.daemon.idle import IdleClock
from ringlet.daemon.logs import JsonLog, open_log
from ringlet.daemon.options import Options
from ringlet.daemon.parts.base import Place
from ringlet.daemon.rpc import Rpc, oversize
from ringlet.daemon.sockets import Sockets
from ringlet.daemon.watchdog import Watchdog, WatchedSelector
from ringlet.daemon.web import Web
from ringlet.domain.errors import RingletError
from ringlet.domain.settings import Settings
from ringlet.store import instance
from ringlet.store.aside import aside
from ringlet.store.files import sweep_leftovers
from ringlet.store.paths import Paths
from ringlet.wire.events import Event, encode
from ringlet.wire.sp import Peer, PubServer, RepServer

if TYPE_CHECKING:
    from ringlet.daemon.handlers import Handlers
    from ringlet.daemon.otlp import Exporter
    from ringlet.daemon.watching import Watcher

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 5.0
_SETTLE_SECONDS = 0.1
_STANDSTILL_SECONDS = 10.0


def make(
    app: App,
    paths: Paths,
    settings: Settings,
    options: Options,
    sockets: Sockets,
    waiting: list[socket.socket],
) -> Callable[[], None]:
    """What serves until told to stop; `waiting` are connections that were accepted already."""
    level = options.log_level or settings.daemon.log_level
    log = open_log(paths.logs, level, app.redactor, app.quarantine)

    def serve() -> None:
        selector = WatchedSelector()
        daemon = _Daemon(app, paths, sockets, log, waiting, selector)
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
            runner.run(daemon.run())

    return serve


def _patience(place: Place) -> float:
    """Seconds without work; 0 for ever."""
    return 0.0 if place.stay_alive else place.idle_timeout


class _Daemon:
    """The parts of a running daemon and the order in which they come and go."""

    def __init__(
        self,
        app: App,
        paths: Paths,
        sockets: Sockets,
        log: JsonLog,
        waiting: list[socket.socket],
        selector: WatchedSelector,
    ) -> None:
        self._app = app
        self._waiting = waiting
        self._paths = paths
        self._sockets = sockets
        self._log_file = log
        self._selector = selector
        self._stopping = asyncio.Event()
        self._reason = ""
        self._watcher: Watcher | None = None
        self._exporter: Exporter | None = None

    async def run(self) -> None:
        """Serve until a signal, a request or idleness ends it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, "signal")
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        self._idle = IdleClock(
            _patience(self._app.place),
            busy=self._busy,
            expired=lambda: self._stop("idle_timeout"),
        )
        self._app.adjusted = self._adjust
        self._web = Web(self._app, handlers=self._make_handlers, on_activity=self._idle.touch)
        self._app.locate_http = self._web.locate
        rpc = Rpc(
            self._app,
            handlers=self._make_handlers,
            closing=self._stopping.is_set,
            observe=self._observe,
        )
        self._requests = RepServer(rpc.handle, oversize=oversize, on_activity=self._on_activity)
        self._publisher = PubServer(on_activity=self._idle.touch, may_follow=self._may_follow)
        await self._open()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGHUP])
        loop.call_later(_SETTLE_SECONDS, self._settle)
        await self._stopping.wait()
        await self._close()

    async def _open(self) -> None:
        """Answer requests; everything that can wait comes after."""
        self._app.events.subscribe(self._publish)
        self._app.follow_runs()
        if self._sockets.is_tcp:
            self._app.access.prepare()
            await self._requests.serve_tcp(self._sockets.requests.sock)
        else:
            await self._requests.serve_unix(self._sockets.requests.sock)
            for connection in self._waiting:
                await self._requests.adopt(connection)
        await self._publisher.serve_unix(self._sockets.events.sock)
        self._idle.touch()
        try:
            self._sockets.announce(self._paths)
        except OSError as error:  # clients still find the usual socket
            where, why = self._paths.config, error.strerror or error
            self._app.problems.append(f"Where the daemon listens cannot be noted in {where}: {why}")
        _log.info("daemon %s started, process %d", __version__, os.getpid())
        data = {"version": __version__, "pid": os.getpid()}
        self._app.events.publish("DaemonStarted", data)

    def _hang_up(self) -> None:
        """The log, a socket or what tells of us was moved or removed: make it anew."""
        self._log_file.reopen()
        if not self._stopping.is_set():
            self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        sockets = self._sockets
        requests, events = sockets.requests, sockets.events
        try:
            sockets.renew(self._paths)
        except (OSError, instance.InstanceError) as error:
            _log.error("cannot listen anew: %s", error)
        if sockets.requests is not requests:
            await self._requests.serve_unix(sockets.requests.sock)
        if sockets.events is not events:
            await self._publisher.serve_unix(sockets.events.sock)

    def _settle(self) -> None:
        """What the first reply need not wait for: leftovers of the last daemon, and the rest."""
        from ringlet.runtime.memory import use_one_heap
        from ringlet.runtime.process import harden

        harden()
        use_one_heap()
        self._app.watchdog = Watchdog(self._selector, seconds=_STANDSTILL_SECONDS)
        for folder in self._paths.written():
            try:
                sweep_leftovers(folder)
            except RingletError as error:
                self._app.problems.append(error.message)
        self._later = asyncio.create_task(self._look_around())
        self._measure()
        self._web.start(quiet=not self._requests.connections)
        gc.enable()
        gc.freeze()  # what was loaded so far stays: collections need not look at it

    async def _look_around(self) -> None:
        """Find what is damaged, and hear of what is changed from now on."""
        from ringlet.daemon.watching import Watcher

        refresh = self._app.refresh
        try:
            self._watcher = Watcher(refresh.folders, refresh.changed, self._replaced)
            self._app.look = self._watcher.look
        except OSError as error:  # the system allows only so many watches
            self._app.problems.append(f"Changes by hand count after a restart only: {error}")
        self._export()
        await self._app.examine()
        await self._app.take_up_runs()
        for problem in self._app.status().problems:
            _log.warning("%s", problem)

    async def _replaced(self, folder: Path) -> None:
        """Another folder is where one of ours was; whoever looks for us looks in that of now."""
        if folder == self._paths.config and await aside(folder.is_dir):
            try:
                if not self._sockets.move_in(self._paths):
                    _log.error("%s was replaced, and has a daemon of its own", folder)
                    self._stop("requested")
            except (OSError, instance.InstanceError) as error:  # it is gone, or cannot be used
                _log.error("%s was replaced: %s", folder, error)
        await self._app.refresh.replaced(folder)

    def _export(self) -> None:
        """Send figures to a collector, if one is named."""
        telemetry = self._app.settings.telemetry
        if telemetry.otlp_endpoint:
            from ringlet.daemon.otlp import Exporter

            self._exporter = Exporter(
                self._app.metrics, telemetry.otlp_endpoint, telemetry.otlp_interval_secs
            )

    async def _close(self) -> None:
        _log.info("daemon is shutting down: %s", self._reason)
        self._app.events.publish("DaemonShuttingDown", {"reason": self._reason})
        self._idle.stop()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
        self._sockets.withdraw(self._paths)
        if self._watcher is not None:
            await self._watcher.close()
        await asyncio.gather(self._requests.close(_GRACE_SECONDS), self._web.close())
        await self._publisher.close(1.0)
        if self._exporter is not None:
            await self._exporter.close()
        await self._app.close()
        if self._app.watchdog is not None:
            self._app.watchdog.close()

    def _make_handlers(self) -> Handlers:
        from ringlet.daemon.handlers import Handlers

        return Handlers(self._app, shut_down=self._stop)

    def _publish(self, event: Event) -> None:
        if self._publisher.subscribers:
            self._publisher.publish(encode(event))

    def _may_follow(self, peer: Peer) -> bool:
        """Whether somebody may hear of everything; runs of agents may not, unless they may read."""
        origins = self._app.origins
        if origins is None:
            return True
        from ringlet.engine.rights import EVENTS

        return origins.of_subscriber(peer.pid).allows(EVENTS, {})

    def _observe(self, request: str, seconds: float) -> None:
        """Counted after the reply, which need not wait for what counts."""
        asyncio.get_running_loop().call_soon(lambda: self._app.metrics.request(request, seconds))

    def _measure(self) -> None:
        """Figures that only this process as a whole can tell."""
        from ringlet.daemon.accounts import Accounts

        app = self._app
        Accounts(app.metrics, paths=app.paths, usage=lambda: app.usage, budgets=lambda: app.budgets)
        add = app.metrics.gauge
        add("ringlet_runs_active", "Runs that have not ended.", lambda: self._app.active_runs)
        add("ringlet_profiles", "Profiles.", lambda: len(self._app.store.all()))
        add("ringlet_problems", "What daemon status lists.", lambda: len(self._app.problems))
        add(
            "ringlet_clients",
            "Connections that are open, and requests over HTTP.",
            lambda: {
                "requests": self._requests.connections,
                "events": self._publisher.connections,
                "http": self._web.active,
            },
            "kind",
        )

    def _on_activity(self) -> None:
        self._idle.touch()
        if not self._requests.connections:
            self._web.calm_down()

    def _busy(self) -> bool:
        """Subscribers are not asked: they hear that the daemon goes, and why."""
        clients = self._requests.connections + self._web.working
        return bool(clients) or self._app.is_busy

    def _adjust(self, place: Place) -> None:
        self._idle.allow(_patience(place))
        if place.log_level:
            self._log_file.setLevel(LEVELS[place.log_level])

    def _stop(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._stopping.set()
