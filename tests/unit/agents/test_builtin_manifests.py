from __future__ import annotations

import pytest

from ringlet.agents.catalog import AgentCatalog, ProviderCatalog, load_agents, load_providers
from ringlet.domain.providers import Api


@pytest.fixture(scope="module")
def agents() -> AgentCatalog:
    return load_agents()


@pytest.fixture(scope="module")
def providers() -> ProviderCatalog:
    return load_providers()


def test_the_seven_agents_and_the_demo_are_built_in(agents: AgentCatalog) -> None:
    assert list(agents.entries) == [
        "claude",
        "codex",
        "demo",
        "droid",
        "gemini",
        "grok",
        "opencode",
        "qwen",
    ]
    assert agents.problems == ()
    assert {agent.source for agent in agents} == {"built-in"}


def test_the_nine_providers_and_the_demo_are_built_in(providers: ProviderCatalog) -> None:
    assert set(providers.entries) == {
        "anthropic",
        "demo",
        "gemini",
        "minimax",
        "minimax-openai",
        "openai",
        "openrouter",
        "self",
        "zai",
        "zai-openai",
    }
    assert providers.problems == ()


def test_every_agent_has_its_own_homes_and_script(agents: AgentCatalog) -> None:
    assert {agent.profile.script for agent in agents} == {f"{agent.id}.rhai" for agent in agents}
    assert len({agent.profile.source_home for agent in agents}) == len(agents)


def test_every_agent_can_be_given_an_unattended_prompt(agents: AgentCatalog) -> None:
    for agent in agents:
        assert agent.prompt.args.count("{prompt}") == 1, agent.id


def test_every_default_model_of_an_agent_is_one_that_it_supports(agents: AgentCatalog) -> None:
    for agent in agents:
        assert agent.models.default in agent.models.supported, agent.id


def test_every_default_provider_exists(agents: AgentCatalog, providers: ProviderCatalog) -> None:
    named = {agent.profile.default_provider for agent in agents} - {None}
    assert named == {"self", "demo"}
    assert all(name in providers for name in named)


def test_agents_that_update_themselves_are_told_not_to(agents: AgentCatalog) -> None:
    assert agents.get("claude").environment.set["DISABLE_AUTOUPDATER"] == "1"
    assert agents.get("codex").environment.set == {"CODEX_HOME": "{home}/.codex"}
    assert agents.get("droid").environment.set == {"FACTORY_DROID_AUTO_UPDATE_ENABLED": "false"}
    assert set(agents.get("opencode").environment.set) == {
        "OPENCODE_DISABLE_AUTOUPDATE",
        "OPENCODE_DISABLE_MODELS_FETCH",
    }


def test_only_agents_whose_scripts_make_hooks_and_servers_claim_them(agents: AgentCatalog) -> None:
    able = {"claude", "codex", "droid", "gemini", "opencode", "qwen"}
    assert {agent.id for agent in agents if agent.supports_hooks} == able
    assert {agent.id for agent in agents if agent.supports_mcp} == able


def test_a_default_endpoint_is_always_one_of_the_endpoints(providers: ProviderCatalog) -> None:
    for provider in providers:
        assert provider.default_endpoint in provider.endpoints, provider.id


@pytest.mark.parametrize(
    ("provider", "name", "url"),
    [
        ("anthropic", "default", "https://api.anthropic.com"),
        ("minimax", "international", "https://api.minimax.io/anthropic"),
        ("openrouter", "default", "https://openrouter.ai/api/v1"),
        ("self", "native", ""),
        ("demo", "default", "demo:"),
    ],
)
def test_both_ways_to_write_the_default_endpoint_mean_an_endpoint(
    providers: ProviderCatalog, provider: str, name: str, url: str
) -> None:
    found = providers.get(provider)
    assert (found.default_endpoint, found.endpoints[name]) == (name, url)


def test_every_provider_but_the_login_and_the_demo_needs_a_key(providers: ProviderCatalog) -> None:
    assert {entry.id for entry in providers if not entry.auth.required} == {"self", "demo"}
    for provider in providers:
        assert bool(provider.auth.env_key) == provider.auth.required, provider.id


def test_the_demo_model_answers_every_format(providers: ProviderCatalog) -> None:
    assert set(providers.get("demo").spoken) == set(Api)
