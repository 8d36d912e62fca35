"""Requests about the daemon itself."""

from __future__ import annotations

from typing import Any

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


class RelayResume(Request, frozen=True, tag="relay_resume"):
    """Go on with a command that asked its client to do something."""

    conversation: str
    result: dict[str, Any] = {}
