"""`ringlet agents`: what is installed here."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ringlet.agents.places import NOTHING
from ringlet.commands.session import Session
from ringlet.commands.text import moment
from ringlet.commands.tree import Group, examples
from ringlet.commands.watching import watchable
from ringlet.wire.replies.agents import AgentInfo, AgentPlace


@click.group(
    "agents",
    cls=Group,
    elsewhere=dict.fromkeys(
        ("install", "refresh", "set-path", "uninstall", "update"), "agent_installs"
    ),
)
def group() -> None:
    """Find coding agents and see what is known of them."""


@group.command("list", epilog=examples("ringlet agents list --watch", "ringlet agents list --json"))
@click.option("--refresh", is_flag=True, help="Probe again instead of trusting the cache.")
@click.pass_obj
@watchable("Agent", "Profile")
async def list_agents(session: Session, refresh: bool) -> None:
    """List all known agents, installed or not."""
    found = await session.use.agents.all(session.caller.invocation.environ, refresh=refresh)
    rows = [
        (
            agent.id,
            agent.name,
            _state(agent),
            str(agent.profile_count),
            agent.default_model or "-",
            moment(agent.last_used),
            agent.binary_path or "-",
        )
        for agent in found
    ]
    heads = ("ID", "Name", "Version", "Profiles", "Default Model", "Last Used", "Path")
    session.show(found, lambda: session.table(heads, rows, empty="No agents are known."))
    session.notes(f"Left out: {problem}" for problem in session.use.agents.problems)


@group.command("inspect", epilog=examples("ringlet agents inspect claude"))
@click.argument("agent_id")
@click.pass_obj
async def inspect(session: Session, agent_id: str) -> None:
    """Show one agent: where it is, what it speaks, where its profiles live."""
    agent = await session.use.agents.inspect(agent_id, session.caller.invocation.environ)
    session.show(
        agent,
        lambda: session.facts(
            ("ID", agent.id),
            ("Name", agent.name),
            ("Installed", "yes" if agent.installed else "no"),
            ("Why not", "" if agent.installed else agent.reason),
            ("Version", agent.version or ""),
            ("Checked", moment(agent.version_checked) if agent.version_checked else ""),
            ("Last Known", agent.reason if agent.stale else ""),
            ("Binary", agent.binary_path or ""),
            ("Install", agent.install_hint),
            ("Profiles", str(agent.profile_count)),
            ("Profile Home", agent.profile_home),
            ("Default Model", agent.default_model or ""),
            ("Supported Models", ", ".join(agent.supported_models)),
            ("Compatible Providers", ", ".join(agent.compatible_providers)),
            ("Supports Hooks", "yes" if agent.supports_hooks else "no"),
            ("Supports MCP", "yes" if agent.supports_mcp else "no"),
            ("Last Used", moment(agent.last_used)),
            ("Script", f"{agent.script} ({agent.script_source})"),
            ("Manifest", agent.source),
            *_places(agent.places),
        ),
    )


def _places(places: Sequence[AgentPlace]) -> list[tuple[str, str]]:
    """Where something was found, each with what came of it; then where nothing was."""
    found = [("Found", f"{p.path}: {p.verdict}") for p in places if p.verdict != NOTHING]
    empty = [p.path.rpartition("/")[0] for p in places if p.verdict == NOTHING]
    return [*found, ("Nothing In", ", ".join(empty))]


def _state(agent: AgentInfo) -> str:
    if agent.installed:
        version = agent.version or "unknown"
        return f"{version} (last known)" if agent.stale else version
    return "does not run" if agent.reason and agent.binary_path else "not installed"
