"""Requests about the daemon itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from ringlet.domain.settings import LONGEST_IDLE
from ringlet.wire.requests.base import Request


class Hello(Request, frozen=True, tag="hello"):
    """Handshake: the client's protocol version and name."""

    client_version: str = ""


class Ping(Request, frozen=True, tag="ping"):
    """Is anybody there?"""


class Shutdown(Request, frozen=True, tag="shutdown"):
    """End the daemon; runs go on and are found again by the next one."""


class DaemonStatus(Request, frozen=True, tag="daemon_status"):
    """Version, process, counts and where things are."""


class DaemonAdjust(Request, frozen=True, tag="daemon_adjust"):
    """Change how the running daemon was started; what is left out stays as it is.

    `log_level` is one of trace, debug, info, warn, error and off.
    """

    stay_alive: bool | None = None
    idle_timeout_secs: Annotated[float, Meta(ge=0, le=LONGEST_IDLE)] | None = None
    log_level: Literal["trace", "debug", "info", "warn", "warning", "error", "off"] | None = None


class RelayResume(Request, frozen=True, tag="relay_resume"):
    """Go on with a command that asked its client to do something."""

    conversation: str
    result: dict[str, Any] = {}
