"""What is said of the daemon."""

from __future__ import annotations

import msgspec


class DaemonInfo(msgspec.Struct, frozen=True):
    """What `daemon status` shows; `http_endpoint` is empty where HTTP is off.

    `options` are those that it was started with, or that were changed since: a restart keeps them.
    """

    status: str
    pid: int
    version: str
    protocol: int
    uptime_secs: float
    endpoint: str
    events_endpoint: str
    http_endpoint: str
    config_dir: str
    log_file: str
    profiles_count: int
    active_runs: int
    idle_timeout_secs: float
    stay_alive: bool
    options: list[str]
    secret_store: str
    problems: list[str]


class Greeting(msgspec.Struct, frozen=True):
    """The answer to a handshake."""

    protocol: int
    version: str


class Liveness(msgspec.Struct, frozen=True):
    """The daemon is there; `status` is always "ok"."""

    status: str
    version: str
