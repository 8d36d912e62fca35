"""Which agent can talk to which provider, and in which wire format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.providers import Api, Provider, ProviderType

_NAMES: Final = {
    Api.MESSAGES: "Anthropic Messages",
    Api.RESPONSES: "OpenAI Responses",
    Api.CHAT: "OpenAI Chat Completions",
    Api.GEMINI: "Google Gemini",
}


def choose_api(
    agent: Agent, provider: Provider, *, alternatives: Iterable[Provider] = ()
) -> Api | None:
    """Return the format that the agent likes best and the provider answers.

    None means the agent's own login. A pair without a common format raises
    INCOMPATIBLE_PROVIDER; its hint names those of `alternatives` that would do.
    """
    if provider.type is ProviderType.SELF and _may_log_in(agent):
        return None
    common = _common_api(agent, provider)
    if common is not None:
        return common
    fitting = [other.id for other in alternatives if is_compatible(agent, other)]
    raise RingletError(
        ErrorCode.INCOMPATIBLE_PROVIDER,
        _explain(agent, provider),
        hint=f"Providers for {agent.name}: {', '.join(fitting)}." if fitting else "",
    )


def is_compatible(agent: Agent, provider: Provider) -> bool:
    """Whether `choose_api` would accept the pair."""
    if provider.type is ProviderType.SELF:
        return _may_log_in(agent)
    return _common_api(agent, provider) is not None


def _may_log_in(agent: Agent) -> bool:
    """A manifest without `apis` says nothing of what the agent can do: do not stand in its way."""
    return agent.own_login or not agent.apis


def _common_api(agent: Agent, provider: Provider) -> Api | None:
    wanted = agent.apis or provider.spoken
    return next((api for api in wanted if api in provider.spoken), None)


def _explain(agent: Agent, provider: Provider) -> str:
    if provider.type is ProviderType.SELF:
        return f"{agent.name} has no login of its own"
    needs = f"{agent.name} speaks {_list(agent.apis)}, {provider.name} {_list(provider.spoken)}"
    if agent.apis == (Api.RESPONSES,) and Api.CHAT in provider.spoken:
        return (
            f"{needs}: this pairing needs Ringlet's translating proxy, "
            "which is not part of this version yet"
        )
    return needs


def _list(apis: Iterable[Api]) -> str:
    return " or ".join(_NAMES[api] for api in apis)
