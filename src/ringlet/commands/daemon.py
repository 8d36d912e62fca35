"""`ringlet daemon`: the background service."""

from __future__ import annotations

from typing import Any

import click

from ringlet import __version__
from ringlet.commands.following import LEVELS
from ringlet.commands.session import DaemonControl, Session
from ringlet.commands.text import duration
from ringlet.commands.tree import F, Group, examples
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.settings import parse_idle_timeout


def _serving_options(function: F) -> F:
    for option in (
        click.option("--stay-alive", is_flag=True, help="Never exit for want of work."),
        click.option("--socket", metavar="PATH", help="Listen here; tcp://127.0.0.1:PORT works."),
        click.option("--idle-timeout", metavar="SECS", help="Exit when idle so long; 0 is never."),
        click.option("--daemon-log-level", metavar="LEVEL", help="What goes into the log."),
    ):
        function = option(function)
    return function


@click.group(
    "daemon",
    cls=Group,
    invoke_without_command=True,
    epilog=examples("ringlet daemon status", "ringlet daemon --stay-alive --foreground"),
)
@_serving_options
@click.option("-f", "--foreground", is_flag=True, help="Accepted; without a command it is so.")
@click.pass_context
def group(
    ctx: click.Context,
    stay_alive: bool,
    socket: str | None,
    idle_timeout: str | None,
    daemon_log_level: str | None,
    foreground: bool,
) -> Any:
    """Run the daemon in this process, or control the one that runs.

    Other commands start a daemon by themselves when they need one.
    """
    session: Session = ctx.obj
    if ctx.invoked_subcommand is None:
        options = _options(session, stay_alive, socket, idle_timeout, daemon_log_level)
        return _serve(session, options)
    return None


@group.command("start", epilog=examples("ringlet daemon start --stay-alive"))
@_serving_options
@click.pass_obj
async def start(
    session: Session,
    stay_alive: bool,
    socket: str | None,
    idle_timeout: str | None,
    daemon_log_level: str | None,
) -> None:
    """Start the daemon in the background, unless one runs."""
    control = _control(session)
    before = control.status()
    if before is not None:
        session.succeed(f"The daemon runs already (process {before['pid']})")
        return
    status = control.start(_options(session, stay_alive, socket, idle_timeout, daemon_log_level))
    session.succeed(f"The daemon runs (process {status['pid']})")


@group.command("status", epilog=examples("ringlet daemon status --json"))
@click.pass_obj
async def status(session: Session) -> None:
    """Tell whether a daemon runs, and about it; never starts one."""
    control = _control(session)
    found = control.status()
    if found is None:
        reason = control.obstacle()
        stopped = {"status": "stopped"} | ({"reason": reason} if reason else {})
        text = f"The daemon is not running. {reason}" if reason else "The daemon is not running"
        session.show(stopped, lambda: text)
        return
    session.show(found, lambda: _describe(session, found))


@group.command("stop", epilog=examples("ringlet daemon stop"))
@click.pass_obj
async def stop(session: Session) -> None:
    """Stop the daemon; running agents go on, and the next daemon finds them."""
    ended = _control(session).stop()
    session.succeed("Daemon stopped" if ended else "Daemon not running")


@group.command("restart", epilog=examples("ringlet daemon restart"))
@_serving_options
@click.pass_obj
async def restart(
    session: Session,
    stay_alive: bool,
    socket: str | None,
    idle_timeout: str | None,
    daemon_log_level: str | None,
) -> None:
    """Stop the daemon if one runs, and start a new one."""
    control = _control(session)
    control.stop()
    status = control.start(_options(session, stay_alive, socket, idle_timeout, daemon_log_level))
    session.succeed(f"The daemon runs (process {status['pid']})")


@group.group("token", cls=Group)
def token() -> None:
    """The token that programs need for HTTP, in the file http_token."""


@token.command("rotate", epilog=examples("ringlet daemon token rotate"))
@click.pass_obj
async def rotate(session: Session) -> None:
    """Replace the token; whoever is connected by the old one is disconnected."""
    served = _control(session).rotate_token()
    notes = ["Connections by the old one are closed"] if served else []
    session.succeed("The token was replaced", notes)


async def _serve(session: Session, options: list[str]) -> None:
    _control(session).serve(options)


def _control(session: Session) -> DaemonControl:
    if session.control is None:
        raise RingletError(
            ErrorCode.UNSUPPORTED, "The daemon does not control itself by this command"
        )
    return session.control


def _options(
    session: Session,
    stay_alive: bool,
    socket: str | None,
    idle_timeout: str | None,
    log_level: str | None,
) -> list[str]:
    """Options as the daemon's own process takes them."""
    log_level = log_level or session.log_level
    if log_level and log_level.lower() not in LEVELS:
        raise click.UsageError(f"{log_level!r} is not a log level; use one of {', '.join(LEVELS)}.")
    chosen = {
        "--socket": socket,
        "--idle-timeout": _check_timeout(idle_timeout),
        "--log-level": log_level.lower() or None,
    }
    options = ["--stay-alive"] if stay_alive else []
    return options + [f"{name}={value}" for name, value in chosen.items() if value is not None]


def _check_timeout(text: str | None) -> str | None:
    try:
        return None if text is None else str(parse_idle_timeout(text))
    except ValueError as error:
        raise click.UsageError(f"--idle-timeout: {error}.") from error


def _describe(session: Session, found: dict[str, Any]) -> str:
    timeout = found["idle_timeout_secs"]
    exits = "never" if found["stay_alive"] or not timeout else f"after {timeout:g} s without work"
    text = session.facts(
        ("Status", found["status"]),
        ("Process", str(found["pid"])),
        ("Version", f"{found['version']} (protocol {found['protocol']})"),
        ("Up", duration(found["uptime_secs"])),
        ("Exits", exits),
        ("Endpoint", found["endpoint"]),
        ("Events", found["events_endpoint"]),
        ("HTTP", found.get("http_endpoint", "")),
        ("Configuration", found["config_dir"]),
        ("Log", found["log_file"]),
        ("Profiles", str(found["profiles_count"])),
        ("Active Runs", str(found["active_runs"])),
        ("Secret Store", found["secret_store"]),
    )
    problems = list(found["problems"])
    if found["version"] != __version__:
        problems.append(
            f"The daemon is Ringlet {found['version']}, this command is {__version__}; "
            "restart it with: ringlet daemon restart"
        )
    return "\n".join([text, *(f"Problem: {problem}" for problem in problems)])
