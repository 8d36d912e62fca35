"""`ringlet demo`: the whole path once, without account, key or installed agent."""

from __future__ import annotations

import click

from ringlet.commands.launching import launch
from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.drafts import Draft
from ringlet.engine.plans import Situation
from ringlet.wire.replies.agents import AgentInfo

_FILE = "hello-from-ringlet.txt"
_PROMPT = (
    "Please write a small greeting file, then tell me that you are done. "
    f"[[write: {_FILE} | Hello from an agent that runs under a Ringlet profile.]] "
    "[[say: Done. I wrote {file} into the folder that you started me in.]]"
)


@click.command("demo", cls=Command, epilog=examples("ringlet demo", "ringlet demo --agent codex"))
@click.option("--agent", "agent_id", metavar="ID", help="Default: the first real agent found.")
@click.pass_obj
async def group(session: Session, agent_id: str | None) -> int:
    """Run an agent against the bundled offline model: it answers and writes a file.

    Needs no account, no key and no network; without a real agent it uses a tiny bundled one.
    """
    caller = session.caller
    agent = await _choose(session, agent_id)
    alias = f"demo-{agent.id}"
    await _ensure_profile(session, agent, alias)
    home = (await session.use.inspection.inspect(alias)).home
    manifest = session.use.agents.manifest(agent.id)
    prompt = _PROMPT.replace("{file}", _FILE)
    args = [prompt if argument == "{prompt}" else argument for argument in manifest.prompt.args]
    caller.note(f"Running {agent.name} {agent.version or ''} as profile {alias} …")
    await caller.flush()
    status = await launch(session, alias, args)
    if status != 0:
        raise RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"{agent.name} ended with status {status}",
            hint=f"Try the bundled agent: ringlet demo --agent demo (profile home: {home})",
        )
    _explain(session, alias, home)
    return 0


async def _choose(session: Session, agent_id: str | None) -> AgentInfo:
    """The agent asked for, else the first installed real one, else the bundled one."""
    environ = session.caller.invocation.environ
    session.caller.note("Looking for coding agents …")
    await session.caller.flush()
    found = await session.use.agents.all(environ)
    by_id = {agent.id: agent for agent in found}
    if agent_id is not None:
        session.use.agents.manifest(agent_id)
        return by_id[agent_id]
    usable = [
        a for a in found if a.installed and a.id != "demo" and "demo" in a.compatible_providers
    ]
    prompted = [a for a in usable if session.use.agents.manifest(a.id).prompt.args]
    return prompted[0] if prompted else by_id["demo"]


async def _ensure_profile(session: Session, agent: AgentInfo, alias: str) -> None:
    if any(profile.alias == alias for profile in session.use.profiles.all()):
        return
    invocation = session.caller.invocation
    draft = Draft(agent_id=agent.id, alias=alias, provider_id="demo", install_alias=False)
    here = Situation(invocation.cwd, invocation.environ)
    await session.change.creation.create(draft, situation=here)


def _explain(session: Session, alias: str, home: str) -> None:
    """What just happened and what to try next."""
    folder = session.caller.invocation.cwd
    lines = [
        "",
        f"The file is {folder}/{_FILE}; the agent's isolated home is {home}",
        "",
        "Next:",
        "  ringlet agents list                                    what is installed here",
        "  ringlet profiles create claude work --provider self    a profile with your own login",
        f"  ringlet profiles run {alias}",
        f"  ringlet profiles delete {alias} --purge",
    ]
    for line in lines:
        session.caller.note(line)
