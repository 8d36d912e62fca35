"""What there is at the moment that a word on the command line may name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from ringlet.domain.errors import RingletError
from ringlet.engine.services import Services

# Values with what to say of each.
Candidates = Iterable[tuple[str, str]]
Given = dict[str, Any]
_Source = Callable[[Services, Given], Awaitable[Candidates]]


async def live_values(
    services: Services, path: list[str], name: str, given: Given
) -> Candidates | None:
    """What the parameter `name` of a command may be; None if it names nothing that we know.

    `given` are the values of the other parameters.
    """
    source = _SOURCES.get(f"{path[0]} {name}") or _SOURCES.get(name)
    if source is None or (path[-1], name) in _NEW:
        return None
    return await source(services, given)


async def _aliases(services: Services, given: Given) -> Candidates:
    return [(p.alias, f"{p.agent_id} at {p.provider_id}") for p in services.profiles.all()]


async def _agents(services: Services, given: Given) -> Candidates:
    return [(agent.id, agent.name) for agent in services.agents.known()]


async def _providers(services: Services, given: Given) -> Candidates:
    return [(provider.id, provider.name) for provider in services.providers.all()]


async def _endpoints(services: Services, given: Given) -> Candidates:
    wanted = _provider_of(services, given)
    found = [p for p in services.providers.all() if wanted in (None, p.id)]
    return [(e.id, e.url) for provider in found for e in provider.endpoints]


async def _models(services: Services, given: Given) -> Candidates:
    """Those of the provider; where it takes any, or is the agent's own login, the agent's."""
    wanted, agent_id = _provider_of(services, given), given.get("agent_id")
    names = [n for p in services.providers.all() if wanted in (None, p.id) for n in p.models]
    for agent in services.agents.known():
        if agent.id == agent_id or (agent_id is None and wanted is None):
            names += agent.models.supported
    return [(name, "") for name in dict.fromkeys(names)]


async def _changes(services: Services, given: Given) -> Candidates:
    """The new value in `profiles set`, by what is set."""
    match given.get("what"):
        case "model":
            return await _models(services, given)
        case "provider":
            return await _providers(services, given)
        case "endpoint":
            return await _endpoints(services, given)
        case _:
            return []


async def _runs(services: Services, given: Given) -> Candidates:
    runs = [(run.run_id, run.profile) for run in services.runs.active()]
    return [*runs, *((alias, "its runs") for alias in dict.fromkeys(a for _, a in runs))]


async def _secrets(services: Services, given: Given) -> Candidates:
    return [(name, "") for name in await services.secrets.names()]


async def _scripts(services: Services, given: Given) -> Candidates:
    return [(script.name, "") for script in services.scripts.all()]


async def _settings(services: Services, given: Given) -> Candidates:
    from ringlet.domain.setting_keys import setting_keys

    return [(key.name, key.meaning) for key in setting_keys().values()]


async def _setting_values(services: Services, given: Given) -> Candidates:
    from ringlet.engine.config import find_key

    if given.get("key") == "defaults.provider":
        return await _providers(services, given)
    try:
        takes = find_key(given.get("key") or "")[0].takes
    except RingletError:
        return []
    if takes == "true or false":
        return [("true", ""), ("false", "")]
    return [(word, "") for word in takes.removeprefix("one of ").split(", ") if word != takes]


def _provider_of(services: Services, given: Given) -> str | None:
    """The provider that is named, else that of the profile."""
    alias = given.get("alias")
    own = [p.provider_id for p in services.profiles.all() if p.alias == alias]
    named = given.get("provider_id") or given.get("provider")
    return named or (own[0] if own else None)


_SOURCES: Final[dict[str, _Source]] = {
    "alias": _aliases,
    "old": _aliases,
    "profile": _aliases,
    "reuse_key_of": _aliases,
    "agent_id": _agents,
    "agent": _agents,
    "provider_id": _providers,
    "provider": _providers,
    "endpoint_id": _endpoints,
    "model": _models,
    "values": _changes,
    "run_or_alias": _runs,
    "secrets name": _secrets,
    "scripts name": _scripts,
    "scripts script": _scripts,
    "config key": _settings,
    "config value": _setting_values,
}
# Names that are yet to be given.
_NEW: Final = {("create", "alias")}
