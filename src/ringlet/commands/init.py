"""`ringlet init`: from nothing to an agent at work."""

from __future__ import annotations

import click
import msgspec

from ringlet.commands.first_profile import make_profile
from ringlet.commands.launching import launch
from ringlet.commands.questions import confirm
from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.wire.replies.agents import AgentInfo
from ringlet.wire.replies.providers import ProviderInfo

_HINT = "Use -y to take the defaults, or --no-profile to make no profile."


class Outcome(msgspec.Struct, frozen=True):
    """What `init --json` says; `profile` is the alias of a new profile."""

    success: bool
    daemon: str
    agents_installed: list[dict[str, str]]
    agents_available: list[dict[str, str]]
    providers_available: list[dict[str, str]]
    profile: str | None
    message: str


@click.command(
    "init",
    cls=Command,
    epilog=examples("ringlet init", "ringlet init -y", "ringlet init --no-profile --json"),
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing and take the defaults.")
@click.option("--no-profile", is_flag=True, help="Only look around; make no profile.")
@click.option("--skip-daemon", is_flag=True, help="Look around without starting the daemon.")
@click.pass_obj
async def group(session: Session, yes: bool, no_profile: bool, skip_daemon: bool) -> int:
    """See what is there, make a first profile and start it.

    Asks for the agent, the provider, a name and, where it needs one, a key. You can run it again
    at any time: what is there stays as it is.
    """
    asks = not (yes or no_profile or skip_daemon or session.json)
    if asks:
        session.caller.require_terminal("init asks a few things", hint=_HINT)
    session.caller.note("Looking for coding agents …")
    await session.caller.flush()
    if not (skip_daemon or no_profile):
        await _adopt(session, yes)
    agents = await session.use.agents.all(session.caller.invocation.environ)
    providers = session.use.providers.all()
    if not session.json:
        session.caller.say(_survey(session, agents, providers))
        await session.caller.flush()
    alias, message = None, "Nothing was made"
    if not (no_profile or skip_daemon or (session.json and not yes)):
        alias, message = await _profile(session, agents, yes)
    if session.json:
        session.show(_outcome(session, agents, providers, alias, message), str)
        return 0
    session.caller.say(["", message])
    if alias is None or yes:
        session.caller.say(_next_steps(alias))
        return 0
    if await confirm(session, "Start it now?", default=True, hint=_HINT):
        return await launch(session, alias, [])
    session.caller.say(_next_steps(alias))
    return 0


async def _adopt(session: Session, yes: bool) -> None:
    """Offer to take over the configuration of the program's earlier name."""
    adoption = session.change.adoption
    if not adoption.offered or session.json:
        return
    question = f"Take over profiles and manifests from {adoption.source}?"
    if yes or await confirm(session, question, default=True, hint=_HINT):
        for line in await adoption.adopt():
            session.caller.note(line)


async def _profile(session: Session, agents: list[AgentInfo], yes: bool) -> tuple[str | None, str]:
    """A new profile's alias, or None, and what to say of it."""
    there = session.use.profiles.all()
    if there:
        names = ", ".join(profile.alias for profile in there[:5])
        said = f"You have {len(there)} profile{'s' if len(there) > 1 else ''}: {names}"
        if yes or not await confirm(session, f"{said}. Make another?", default=False, hint=_HINT):
            return None, said
    created = await make_profile(session, agents, ask=not yes)
    for note in created.notes:
        session.caller.note(note)
    return created.profile.alias, created.message


def _survey(session: Session, agents: list[AgentInfo], providers: list[ProviderInfo]) -> list[str]:
    status = "not started" if session.offline else f"running (process {session.use.status().pid})"
    lines = [f"Daemon: {status}", "", "Agents:"]
    for agent in agents:
        state = f"({agent.version})" if agent.installed else f"- {agent.install_hint}"
        lines.append(f"  [{'x' if agent.installed else ' '}] {agent.name} {state}")
    lines += ["", "Providers:"]
    longest = max(len(provider.id) for provider in providers)
    for provider in providers:
        key = "needs a key" if provider.auth_required else "no key needed"
        lines.append(f"  {provider.id:<{longest}}  {provider.name}, {key}")
    return lines


def _outcome(
    session: Session,
    agents: list[AgentInfo],
    providers: list[ProviderInfo],
    alias: str | None,
    message: str,
) -> Outcome:
    return Outcome(
        success=True,
        daemon="skipped" if session.offline else "running",
        agents_installed=[
            {"id": a.id, "name": a.name, "version": a.version or ""} for a in agents if a.installed
        ],
        agents_available=[
            {"id": a.id, "name": a.name, "install": a.install_hint}
            for a in agents
            if not a.installed
        ],
        providers_available=[{"id": p.id, "name": p.name} for p in providers],
        profile=alias,
        message=message,
    )


def _next_steps(alias: str | None) -> list[str]:
    lines = ["", "Next:"]
    if alias is not None:
        lines.append(f"  ringlet profiles run {alias}")
    lines += [
        "  ringlet profiles create AGENT NAME    another profile",
        "  ringlet doctor                        whether all is well",
        "  ringlet --help                        everything else",
    ]
    return lines
