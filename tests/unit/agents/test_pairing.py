from __future__ import annotations

import msgspec
import pytest

from ringlet.agents.catalog import load_agents, load_providers
from ringlet.agents.pairing import choose_api, is_compatible
from ringlet.domain.agents import Agent, ProfileRules
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.providers import Api

AGENTS = load_agents()
PROVIDERS = load_providers()

LOGIN = "login"
NO = "no"
COLUMNS = ("claude", "codex", "grok", "droid", "opencode", "demo", "gemini", "qwen")
ONLY_MESSAGES = ("messages", NO, NO, "messages", "messages", "messages", NO, NO)
ONLY_CHAT = (NO, NO, "chat", "chat", "chat", NO, NO, "chat")
TABLE = {
    "anthropic": ONLY_MESSAGES,
    "minimax": ONLY_MESSAGES,
    "zai": ONLY_MESSAGES,
    "minimax-openai": ONLY_CHAT,
    "zai-openai": ONLY_CHAT,
    "openrouter": ONLY_CHAT,
    "openai": (NO, "responses", "chat", "responses", "chat", NO, NO, "chat"),
    "gemini": (NO, NO, NO, NO, NO, NO, "gemini", NO),
    "self": (LOGIN, LOGIN, NO, LOGIN, LOGIN, NO, LOGIN, LOGIN),
    "demo": (*("messages", "responses", "chat"), *["messages"] * 3, "gemini", "chat"),
}
PAIRS = [
    (agent, provider, expected)
    for provider, row in TABLE.items()
    for agent, expected in zip(COLUMNS, row, strict=True)
]


def test_the_table_below_covers_everything_built_in() -> None:
    assert set(TABLE) == set(PROVIDERS.entries)
    assert set(COLUMNS) == set(AGENTS.entries)


@pytest.mark.parametrize(("agent_id", "provider_id", "expected"), PAIRS)
def test_every_pair_speaks_what_both_know(agent_id: str, provider_id: str, expected: str) -> None:
    agent, provider = AGENTS.get(agent_id), PROVIDERS.get(provider_id)
    if expected == NO:
        assert not is_compatible(agent, provider)
        with pytest.raises(RingletError) as caught:
            choose_api(agent, provider)
        assert caught.value.code is ErrorCode.INCOMPATIBLE_PROVIDER
    else:
        assert is_compatible(agent, provider)
        assert choose_api(agent, provider) == (None if expected == LOGIN else Api(expected))


def test_a_refused_pair_names_the_providers_that_would_do() -> None:
    with pytest.raises(RingletError) as caught:
        choose_api(AGENTS.get("grok"), PROVIDERS.get("anthropic"), alternatives=PROVIDERS)
    assert caught.value.message == (
        "Grok CLI speaks OpenAI Chat Completions, Anthropic API Anthropic Messages"
    )
    assert caught.value.hint == (
        "Providers for Grok CLI: demo, minimax-openai, openai, openrouter, zai-openai."
    )


def test_responses_against_chat_says_that_a_translating_proxy_is_missing() -> None:
    with pytest.raises(RingletError, match="translating proxy, which is not part of this version"):
        choose_api(AGENTS.get("codex"), PROVIDERS.get("zai-openai"))


def test_no_proxy_is_promised_where_it_would_not_help() -> None:
    with pytest.raises(RingletError) as caught:
        choose_api(AGENTS.get("claude"), PROVIDERS.get("openai"))
    assert "proxy" not in caught.value.message


def test_an_agent_without_a_login_says_so() -> None:
    with pytest.raises(RingletError, match="Grok CLI has no login of its own"):
        choose_api(AGENTS.get("grok"), PROVIDERS.get("self"))


def test_an_agent_whose_manifest_names_no_format_takes_any_provider() -> None:
    profile = ProfileRules(source_home="~/.mine/{alias}", script="mine.rhai")
    agent = Agent(id="mine", name="Mine", binary="mine", profile=profile)
    assert choose_api(agent, PROVIDERS.get("openai")) is Api.RESPONSES
    assert choose_api(agent, PROVIDERS.get("minimax")) is Api.MESSAGES
    assert choose_api(agent, PROVIDERS.get("self")) is None


def test_the_order_in_the_manifest_decides_between_formats() -> None:
    droid = AGENTS.get("droid")
    other = msgspec.structs.replace(droid, apis=(Api.CHAT, Api.RESPONSES))
    assert choose_api(droid, PROVIDERS.get("openai")) is Api.RESPONSES
    assert choose_api(other, PROVIDERS.get("openai")) is Api.CHAT
