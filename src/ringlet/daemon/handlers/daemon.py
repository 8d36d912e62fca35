"""Requests about the daemon itself."""

from __future__ import annotations

from ringlet import __version__
from ringlet.daemon.handlers.table import Call, Table
from ringlet.wire.protocol import PROTOCOL_VERSION
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.daemon import DaemonInfo, Greeting, Liveness
from ringlet.wire.requests.daemon import DaemonAdjust, DaemonStatus, Hello, Ping, Shutdown

table = Table()


@table.on(Hello, "hello")
async def hello(call: Call, request: Hello) -> Greeting:
    return Greeting(protocol=PROTOCOL_VERSION, version=__version__)


@table.on(Ping, "pong")
async def ping(call: Call, request: Ping) -> Liveness:
    return Liveness(status="ok", version=__version__)


@table.on(Shutdown, "success")
async def shut_down(call: Call, request: Shutdown) -> Message:
    call.shut_down("requested")
    return Message("The daemon is shutting down")


@table.on(DaemonStatus, "daemon_status")
async def status(call: Call, request: DaemonStatus) -> DaemonInfo:
    await call.services.examine()
    call.services.locate_http()
    return call.services.status()


@table.on(DaemonAdjust, "daemon_status")
async def adjust(call: Call, request: DaemonAdjust) -> DaemonInfo:
    call.services.adjust(
        stay_alive=request.stay_alive,
        idle_timeout=request.idle_timeout_secs,
        log_level=request.log_level,
    )
    return await status(call, DaemonStatus())
