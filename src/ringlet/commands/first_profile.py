"""Make a profile with as few questions as possible."""

from __future__ import annotations

from dataclasses import replace

from ringlet.commands.agent_installs import install_agent
from ringlet.commands.questions import ask_key, ask_model, ask_variables, choose
from ringlet.commands.session import Session
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.drafts import Created, Draft
from ringlet.wire.replies.agents import AgentInfo

_BUNDLED = "demo"
_HINT = "Use -y to take the defaults, or: ringlet profiles create AGENT NAME --provider ID"


async def make_profile(session: Session, agents: list[AgentInfo], *, ask: bool) -> Created:
    """Create a profile with what is answered, or with the defaults if nothing is to be asked."""
    agent = await _choose_agent(session, agents) if ask else _default_agent(agents)
    provider_id = await _choose_provider(session, agent) if ask else _default_provider(agent)
    alias = _free_alias(session, agent.id)
    if ask:
        answer = await session.caller.prompt(f"Name of the profile [{alias}]", hint=_HINT)
        alias = answer.strip() or alias
    creation = session.change.creation
    draft = Draft(agent_id=agent.id, alias=alias, provider_id=provider_id)
    if ask:
        draft = await ask_model(session, draft)
    provider = await creation.check(draft, session.situation.environ)
    if ask:
        manifest = session.use.agents.manifest(agent.id)
        draft = replace(draft, env=await ask_variables(session, manifest, {}))
        offer = next(iter(session.use.keys.holders(provider)), None)
        key = await ask_key(session, provider, from_stdin=False, offer=offer)
        draft = draft.with_key(provider.id, key)
    return await creation.create(draft, situation=session.situation)


def _default_agent(agents: list[AgentInfo]) -> AgentInfo:
    """The first installed agent that works without a key, else the bundled one."""
    keyless = [a for a in agents if a.installed and "self" in a.compatible_providers]
    bundled = next(agent for agent in agents if agent.id == _BUNDLED)
    return keyless[0] if keyless else bundled


def _default_provider(agent: AgentInfo) -> str:
    """A provider that needs no key: the agent's own login, or the bundled model."""
    return "self" if "self" in agent.compatible_providers else _BUNDLED


async def _choose_agent(session: Session, agents: list[AgentInfo]) -> AgentInfo:
    """One of the installed agents; without any, one that is installed now."""
    real = [agent for agent in agents if agent.installed and agent.id != _BUNDLED]
    bundled = next(agent for agent in agents if agent.id == _BUNDLED)
    if real:
        options = [(a.id, f"{a.name} {a.version or ''}") for a in (*real, bundled)]
        chosen = await choose(session, "Which agent?", options, default=real[0].id, hint=_HINT)
        return next(agent for agent in agents if agent.id == chosen)
    missing = [agent for agent in agents if "agents install" in agent.install_hint]
    options = [(a.id, f"install {a.name} now, by npm") for a in missing]
    options.append((_BUNDLED, "none: try the bundled offline agent"))
    title = "No coding agent is installed. Which one do you want?"
    chosen = await choose(session, title, options, default=_BUNDLED, hint=_HINT)
    if chosen == _BUNDLED:
        return bundled
    await install_agent(session, chosen, None)
    return await session.use.agents.inspect(chosen, session.situation.environ)


async def _choose_provider(session: Session, agent: AgentInfo) -> str:
    known = {provider.id: provider for provider in session.use.providers.all()}
    fitting = [known[name] for name in agent.compatible_providers]
    if not fitting:
        raise RingletError(
            ErrorCode.INCOMPATIBLE_PROVIDER,
            f"No provider speaks what {agent.name} does",
            hint="Add one to providers.d; see: ringlet providers list",
        )
    ids = [provider.id for provider in fitting]
    preferred = (agent.default_provider, "self", ids[0])
    default = next(name for name in preferred if name in ids)
    options = [
        (p.id, f"{p.name}, {'needs a key' if p.auth_required else 'no key needed'}")
        for p in fitting
    ]
    return await choose(
        session, f"Which provider for {agent.name}?", options, default=default, hint=_HINT
    )


def _free_alias(session: Session, agent_id: str) -> str:
    taken = {profile.alias for profile in session.use.profiles.all()}
    wanted = f"{agent_id}-default"
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(alias for alias in (wanted, *numbered) if alias not in taken)
