"""`ringlet agents install`, `update`, `uninstall` and `set-path`."""

from __future__ import annotations

from typing import Final

import click

from ringlet.commands.progress import with_progress
from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.replies.agents import AgentInstalled


@click.command(
    "install",
    cls=Command,
    epilog=examples(
        "ringlet agents install claude", "ringlet agents install codex --version 0.169.0"
    ),
)
@click.argument("agent_id")
@click.option("--version", metavar="V", help="Default: the newest that fits this machine.")
@click.pass_obj
async def install(session: Session, agent_id: str, version: str | None) -> None:
    """Install an agent by npm, into a folder of Ringlet's own.

    It is tried before it is used; what was there before stays until then. Your own npm packages
    are not touched.
    """
    found = await install_agent(session, agent_id, version)
    verb = "Installed" if found.fresh else "Already there:"
    session.show(found, lambda: f"{verb} {agent_id} {found.version} at {found.path}")


@click.command(
    "update",
    cls=Command,
    epilog=examples("ringlet agents update", "ringlet agents update claude"),
)
@click.argument("agent_id", required=False)
@click.pass_obj
async def update(session: Session, agent_id: str | None) -> None:
    """Update an agent that Ringlet has installed, or all of them."""
    known = session.change.installs.installed()
    if agent_id is not None and agent_id not in known:
        session.use.agents.manifest(agent_id)
        raise RingletError(
            ErrorCode.AGENT_NOT_INSTALLED,
            f"Ringlet has not installed {agent_id}",
            hint=f"Use: ringlet agents install {agent_id}",
        )
    wanted = [agent_id] if agent_id is not None else known
    done = [await install_agent(session, one, None) for one in wanted]
    lines = [f"{one.id}: {'now' if one.fresh else 'up to date,'} {one.version}" for one in done]
    session.show(done, lambda: lines or "Ringlet has not installed any agent.")


@click.command("uninstall", cls=Command, epilog=examples("ringlet agents uninstall codex"))
@click.argument("agent_id")
@click.pass_obj
async def uninstall(session: Session, agent_id: str) -> None:
    """Remove what Ringlet has installed of an agent; its profiles stay."""
    folder = await session.change.installs.uninstall(agent_id)
    session.succeed(f"Removed {folder}")


@click.command(
    "set-path",
    cls=Command,
    epilog=examples(
        "ringlet agents set-path claude ~/builds/claude", "ringlet agents set-path claude --unset"
    ),
)
@click.argument("agent_id")
@click.argument("path", required=False)
@click.option("--unset", is_flag=True, help="Look for it in the usual places again.")
@click.pass_obj
async def set_path(session: Session, agent_id: str, path: str | None, unset: bool) -> None:
    """Use this executable for an agent; whatever else is installed does not count then."""
    if (path is None) is not unset:
        raise click.UsageError("Give either a path or --unset.")
    located = session.caller.locate(path)
    chosen = None if located is None else str(session.use.paths.expand(located))
    environ = session.caller.invocation.environ
    found = await session.change.agents.choose(agent_id, chosen, environ)
    where = f"{found.binary_path} ({found.version or 'version unknown'})"
    session.succeed(f"{found.name} is {where if found.installed else found.reason}")


@click.command("refresh", cls=Command, epilog=examples("ringlet agents refresh"))
@click.pass_obj
async def refresh(session: Session) -> None:
    """Forget what earlier probes found and look again."""
    environ = session.caller.invocation.environ
    work = session.use.agents.all(environ, refresh=True)
    found = await with_progress(session, "Looking for coding agents", work)
    lines = [f"{agent.id}: {agent.version or agent.reason}" for agent in found]
    session.show(found, lambda: lines)


async def install_agent(session: Session, agent_id: str, version: str | None) -> AgentInstalled:
    """Install an agent while the caller sees that it goes on."""
    agent = session.use.agents.manifest(agent_id)
    work = session.change.installs.install(agent_id, version, session.caller.invocation.environ)
    found = await with_progress(session, f"Installing {agent.name} by npm", work)
    return AgentInstalled(agent_id, found.version, str(found.path), found.fresh)


COMMANDS: Final = {
    "install": install,
    "refresh": refresh,
    "set-path": set_path,
    "uninstall": uninstall,
    "update": update,
}
