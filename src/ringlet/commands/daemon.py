"""`ringlet daemon`: the background service."""

from __future__ import annotations

from typing import Any

import click

from ringlet import __version__
from ringlet.commands.serving import Serving, exits, serving_options
from ringlet.commands.session import DaemonControl, Session
from ringlet.commands.text import duration
from ringlet.commands.tree import Group, examples
from ringlet.domain.errors import ErrorCode, RingletError


@click.group(
    "daemon",
    cls=Group,
    invoke_without_command=True,
    epilog=examples("ringlet daemon status", "ringlet daemon --stay-alive --foreground"),
)
@click.option(
    "-f", "--foreground", is_flag=True, default=None, help="Accepted; without a command it is so."
)
@click.pass_context
@serving_options
def group(ctx: click.Context, serving: Serving, foreground: bool | None) -> Any:
    """Run the daemon in this process, or control the one that runs.

    Other commands start a daemon by themselves when they need one.
    """
    session: Session = ctx.obj
    word = ctx.invoked_subcommand
    if word is None:
        return _serve(session, serving.arguments())
    given = [f"--{n.replace('_', '-')}" for n, value in ctx.params.items() if value is not None]
    if given:
        raise click.UsageError(
            f"{', '.join(given)} before {word!r} would be lost; write it after that.", ctx
        )
    return None


@group.command("start", epilog=examples("ringlet daemon start --stay-alive"))
@click.pass_obj
@serving_options
async def start(session: Session, serving: Serving) -> None:
    """Start the daemon in the background, unless one runs.

    One that runs takes over what is given; only its socket stays where it is.
    """
    control = _control(session)
    before = control.status()
    running = before or control.start(serving.arguments())
    serving.check_place(running)
    change = serving.changes(running)  # another command may have been faster
    found = control.adjust(change) if change else running
    notes = [f"It exits {exits(found)}"] if change.keys() - {"log_level"} else []
    notes += [f"It logs from {change['log_level']} on"] if "log_level" in change else []
    already = " already" if before else ""
    session.succeed(". ".join([f"The daemon runs{already} (process {found['pid']})", *notes]))


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
@click.pass_obj
@serving_options
async def restart(session: Session, serving: Serving) -> None:
    """Stop the daemon if one runs, and start a new one.

    What the one before was told by options still holds, unless given anew.
    """
    control = _control(session)
    before = control.status()
    following = serving.after(before) if before else serving
    if before and (following.socket or "").startswith("tcp://"):
        raise RingletError(
            ErrorCode.UNSUPPORTED,
            f"The daemon (process {before['pid']}) on {before['endpoint']} runs in the foreground",
            hint="End it there and start it again, or name a path: "
            "ringlet daemon restart --socket PATH",
        )
    status = control.restart(following.arguments())
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


def _describe(session: Session, found: dict[str, Any]) -> list[str]:
    lines = session.facts(
        ("Status", found["status"]),
        ("Process", str(found["pid"])),
        ("Version", f"{found['version']} (protocol {found['protocol']})"),
        ("Up", duration(found["uptime_secs"])),
        ("Exits", exits(found)),
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
    return [*lines, *(f"Problem: {problem}" for problem in problems)]
