from __future__ import annotations

from typing import Any

import pytest
from tests.unit.scripting.script_inputs import HOME, PROJECT, SELF, make_input, make_provider

from ringlet.domain.preferences import HookPreferences, Preferences
from ringlet.domain.providers import Api, ProviderType
from ringlet.domain.secret import Secret
from ringlet.scripting.context import (
    ScriptInput,
    build_context,
    key_tail,
)

ANTHROPIC = make_provider(ProviderType.ANTHROPIC, "https://api.acme.test")
GOOGLE = make_provider(ProviderType.GOOGLE, "https://acme.test/")
COMPATIBLE = make_provider(ProviderType.ANTHROPIC_COMPATIBLE, "https://acme.test/anthropic/")
OPENAI = make_provider(ProviderType.OPENAI, "https://api.acme.test/v1")
CHAT_ONLY = make_provider(ProviderType.OPENAI_COMPATIBLE, "https://acme.test/paas/v4")


def describe(given: ScriptInput, part: str) -> Any:
    return build_context(given)[part]


def test_all_documented_fields_exist_by_default() -> None:
    scope = build_context(make_input("claude", COMPATIBLE, Api.MESSAGES, version="2.1.0"))
    assert scope["provider"] == {
        "id": "acme",
        "name": "Acme",
        "type": "anthropic-compatible",
        "api": "messages",
        "endpoint_id": "main",
        "endpoint": "https://acme.test/anthropic",
        "auth_env_key": "ACME_KEY",
        "api_key": "${API_KEY}",
        "model": "m-1",
        "key_tail": "",
        "key_helper": None,
    }
    assert scope["profile"] == {
        "alias": "work",
        "home": HOME,
        "project_dir": PROJECT,
        "model": "m-1",
        "endpoint": "https://acme.test/anthropic",
        "hooks": [],
        "mcp_servers": [],
        "hooks_config": None,
        "hook_rules": [],
        "servers": {},
        "proxy_url": None,
        "bare": False,
        "trust_project": False,
    }
    assert scope["agent"] == {
        "id": "claude",
        "name": "Claude Code",
        "binary": "claude",
        "version": "2.1.0",
    }
    assert scope["prefs"] == {
        "hooks": {"auto_format": False, "auto_lint": False, "custom": {}},
        "mcp_servers": {"filesystem": False, "github": False, "github_token": None, "custom": {}},
        "custom": {},
    }


def test_both_spellings_hold_the_same() -> None:
    scope = build_context(make_input("claude", SELF, None))
    assert scope.pop("ctx") == scope


def test_given_preferences_reach_the_script() -> None:
    preferences = Preferences(hooks=HookPreferences(auto_format=True), custom={"team": "x"})
    prefs = describe(make_input("claude", SELF, None, preferences=preferences), "prefs")
    assert prefs["hooks"]["auto_format"] is True
    assert prefs["custom"] == {"team": "x"}


def test_an_own_login_has_neither_api_nor_key() -> None:
    provider = describe(make_input("claude", SELF, None), "provider")
    assert (provider["type"], provider["api"]) == ("self", "")
    assert (provider["endpoint"], provider["api_key"], provider["auth_env_key"]) == ("", "", "")


def test_a_provider_without_a_key_variable_gets_one() -> None:
    nameless = make_provider(ProviderType.OPENAI, "http://127.0.0.1:1/v1", env_key="")
    given = make_input("codex", nameless, Api.RESPONSES, has_key=False)
    assert describe(given, "provider")["auth_env_key"] == "RINGLET_API_KEY"
    assert describe(given, "provider")["api_key"] == ""


@pytest.mark.parametrize(
    ("provider", "api", "type_", "endpoint"),
    [
        (ANTHROPIC, Api.MESSAGES, "anthropic", "https://api.acme.test"),
        (ANTHROPIC, Api.CHAT, "openai-compatible", "https://api.acme.test/v1"),
        (COMPATIBLE, Api.RESPONSES, "openai-compatible", "https://acme.test/anthropic/v1"),
        (OPENAI, Api.RESPONSES, "openai", "https://api.acme.test/v1"),
        (OPENAI, Api.CHAT, "openai", "https://api.acme.test/v1"),
        (OPENAI, Api.MESSAGES, "anthropic-compatible", "https://api.acme.test"),
        (CHAT_ONLY, Api.CHAT, "openai-compatible", "https://acme.test/paas/v4"),
        (GOOGLE, Api.GEMINI, "google", "https://acme.test"),
        (OPENAI, Api.GEMINI, "google", "https://api.acme.test"),
    ],
)
def test_type_and_base_url_fit_the_chosen_api(
    provider: Any, api: Api, type_: str, endpoint: str
) -> None:
    described = describe(make_input("droid", provider, api), "provider")
    assert (described["type"], described["endpoint"]) == (type_, endpoint)


@pytest.mark.parametrize(
    ("api", "endpoint"),
    [
        (Api.MESSAGES, "http://127.0.0.1:7000"),
        (Api.CHAT, "http://127.0.0.1:7000/v1"),
        (None, "http://127.0.0.1:7000"),
    ],
)
def test_a_proxy_takes_the_place_of_the_endpoint(api: Api | None, endpoint: str) -> None:
    given = make_input("droid", CHAT_ONLY, api, proxy_url="http://127.0.0.1:7000")
    assert describe(given, "provider")["endpoint"] == endpoint
    assert describe(given, "profile")["proxy_url"] == "http://127.0.0.1:7000"


def test_only_a_long_key_shows_its_tail() -> None:
    assert key_tail(Secret("a" * 20 + "b" * 20)) == "b" * 20
    assert key_tail(Secret("a" * 39)) == ""


def test_a_helper_is_described_for_shells_and_as_words_and_only_where_there_is_a_key() -> None:
    words = ("/opt/my python", "-m", "helper")
    given = make_input("claude", COMPATIBLE, Api.MESSAGES, key_helper=words)
    provider = build_context(given)["provider"]
    assert isinstance(provider, dict)
    assert provider["key_helper"] == {
        "line": "'/opt/my python' -m helper",
        "words": ["/opt/my python", "-m", "helper"],
    }
    keyless = make_input("claude", COMPATIBLE, Api.MESSAGES, key_helper=words, has_key=False)
    provider = build_context(keyless)["provider"]
    assert isinstance(provider, dict)
    assert provider["key_helper"] is None
