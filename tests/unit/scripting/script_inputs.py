"""Made-up agents and providers for the tests of scripts."""

from __future__ import annotations

from typing import Any

from ringlet.domain.agents import Agent, ProfileRules
from ringlet.domain.providers import Api, Auth, Provider, ProviderType
from ringlet.scripting.context import ScriptInput

HOME = "/home/u/.claude-profiles/work"
PROJECT = "/home/u/project"
SELF = Provider("self", "Self", ProviderType.SELF, {"native": ""}, "native", Auth(required=False))


def make_agent(agent_id: str) -> Agent:
    rules = ProfileRules(source_home="~/.x/{alias}", script=f"{agent_id}.rhai")
    return Agent(agent_id, agent_id.title(), agent_id, rules)


def make_provider(type_: ProviderType, endpoint: str, env_key: str = "ACME_KEY") -> Provider:
    return Provider("acme", "Acme", type_, {"main": endpoint}, "main", Auth(env_key=env_key))


def make_input(agent_id: str, provider: Provider, api: Api | None, **changes: Any) -> ScriptInput:
    values: dict[str, Any] = {
        "agent": make_agent(agent_id),
        "provider": provider,
        "api": api,
        "endpoint_id": provider.default_endpoint,
        "endpoint": provider.endpoints[provider.default_endpoint],
        "model": "m-1",
        "alias": "work",
        "home": HOME,
        "has_key": api is not None,
        "project_dir": PROJECT,
    }
    return ScriptInput(**{**values, **changes})
