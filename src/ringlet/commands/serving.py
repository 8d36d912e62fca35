"""How a daemon shall run: the options of `ringlet daemon`, start and restart."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import click
import msgspec

from ringlet.commands.following import LEVELS
from ringlet.commands.session import Session
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.settings import parse_idle_timeout

_TCP: Final = "tcp://"
_OPTIONS: Final = (
    click.option("--stay-alive/--no-stay-alive", default=None, help="Never exit for want of work."),
    click.option("--socket", metavar="PATH", help="Listen here; tcp://127.0.0.1:PORT works."),
    click.option("--idle-timeout", metavar="SECS", help="Exit when idle so long; 0 is never."),
    click.option("--daemon-log-level", metavar="LEVEL", help="What goes into the log."),
)


class Serving(msgspec.Struct, frozen=True):
    """What was said of how a daemon shall run; None where nothing was."""

    stay_alive: bool | None = None
    socket: str | None = None
    idle_timeout: float | None = None
    log_level: str | None = None

    def arguments(self) -> list[str]:
        """Options as the daemon's own process takes them."""
        chosen = {
            "--socket": self.socket,
            "--idle-timeout": self.idle_timeout,
            "--log-level": self.log_level,
        }
        options = ["--stay-alive"] if self.stay_alive else []
        return options + [f"{name}={value}" for name, value in chosen.items() if value is not None]

    def after(self, status: dict[str, Any]) -> Serving:
        """The same for the next daemon, with what was said to the one before that still holds."""
        options = status.get("options", [])
        said = dict(option.partition("=")[::2] for option in options)
        timeout = said.get("--idle-timeout")
        return Serving(
            stay_alive="--stay-alive" in said if self.stay_alive is None else self.stay_alive,
            socket=self.socket or status["endpoint"],
            idle_timeout=float(timeout)
            if self.idle_timeout is None and timeout
            else self.idle_timeout,
            log_level=self.log_level or said.get("--log-level"),
        )

    def check_place(self, status: dict[str, Any]) -> None:
        """Raise if a daemon that listens elsewhere runs: it cannot move."""
        running = status["endpoint"]
        if self.socket is not None and _place(self.socket) != _place(running):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"The daemon (process {status['pid']}) listens on {running}",
                hint=f"Move it with: ringlet daemon restart --socket {self.socket}",
            )

    def changes(self, status: dict[str, Any]) -> dict[str, Any]:
        """What of the running daemon is not as it shall be, as the request names it."""
        log = [option for option in status.get("options", []) if option.startswith("--log-level=")]
        differing: dict[str, Any] = {}
        if self.stay_alive not in (None, status["stay_alive"]):
            differing["stay_alive"] = self.stay_alive
        if self.idle_timeout not in (None, status["idle_timeout_secs"]):
            differing["idle_timeout_secs"] = self.idle_timeout
        if self.log_level is not None and f"--log-level={self.log_level}" not in log:
            differing["log_level"] = self.log_level
        return differing


def serving_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets a `Serving` after its first argument."""

    @wraps(function)
    def command(
        first: Any,
        /,
        stay_alive: bool | None,
        socket: str | None,
        idle_timeout: str | None,
        daemon_log_level: str | None,
        **rest: Any,
    ) -> Any:
        session: Session = first.obj if isinstance(first, click.Context) else first
        level = _check_level(daemon_log_level or session.log_level)
        serving = Serving(stay_alive, socket, _check_timeout(idle_timeout), level)
        return function(first, serving, **rest)

    decorated: Callable[..., Any] = command
    for option in _OPTIONS:
        decorated = option(decorated)
    return decorated


def exits(status: dict[str, Any]) -> str:
    """When the daemon ends by itself."""
    timeout = status["idle_timeout_secs"]
    return "never" if status["stay_alive"] or not timeout else f"after {timeout:g} s without work"


def _place(endpoint: str) -> str:
    path = endpoint.removeprefix("ipc://")
    return path if path.startswith(_TCP) else os.path.realpath(path)


def _check_level(level: str) -> str | None:
    if level and level.lower() not in LEVELS:
        raise click.UsageError(f"{level!r} is not a log level; use one of {', '.join(LEVELS)}.")
    return level.lower() or None


def _check_timeout(text: str | None) -> float | None:
    try:
        return None if text is None else parse_idle_timeout(text)
    except ValueError as error:
        raise click.UsageError(f"--idle-timeout: {error}.") from error
