"""What the built-in scripts produce: agent, API and key decide over files and variables."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.unit.scripting.script_inputs import PROJECT, SELF, make_provider, read_files, run

from ringlet.domain.errors import RingletError
from ringlet.domain.preferences import McpPreferences, McpServer, Preferences
from ringlet.domain.providers import Api, Provider, ProviderType

KEY = "${API_KEY}"
MESSAGES = make_provider(ProviderType.ANTHROPIC_COMPATIBLE, "https://acme.test/anthropic")
ANTHROPIC = make_provider(ProviderType.ANTHROPIC, "https://api.acme.test")
RESPONSES = make_provider(ProviderType.OPENAI, "https://acme.test/v1")
CHAT = make_provider(ProviderType.OPENAI_COMPATIBLE, "https://acme.test/paas/v4")
GOOGLE = make_provider(ProviderType.GOOGLE, "https://acme.test")
KEYLESS = make_provider(ProviderType.ANTHROPIC_COMPATIBLE, "http://127.0.0.1:9", env_key="")


def claude_env(url: str, key: dict[str, str]) -> dict[str, str]:
    models = ("MODEL", "DEFAULT_OPUS_MODEL", "DEFAULT_SONNET_MODEL", "DEFAULT_HAIKU_MODEL")
    return {
        "ANTHROPIC_BASE_URL": url,
        **key,
        **{f"ANTHROPIC_{name}": "m-1" for name in models},
        "ANTHROPIC_SMALL_FAST_MODEL": "m-1",
        "API_TIMEOUT_MS": "3000000",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }


# Runs of a profile shall not share a server.
ALONE: Final = {"features": {"daemon_auto_start": False}}


def codex_file(url: str, key_name: str) -> dict[str, Any]:
    ringlet = {"name": "Acme", "base_url": url, "env_key": key_name, "wire_api": "responses"}
    return {
        ".codex/config.toml": {
            "model": "m-1",
            "model_provider": "ringlet",
            "model_providers": {"ringlet": ringlet},
            "shell_environment_policy": {"exclude": [key_name]},
            **ALONE,
        }
    }


def opencode_file(more: dict[str, Any]) -> dict[str, Any]:
    base = {
        "$schema": "https://opencode.ai/config.json",
        "autoupdate": False,
        "share": "disabled",
    }
    return {".config/opencode/opencode.json": {**base, **more}}


def opencode_provider(npm: str, url: str, key_name: str) -> dict[str, Any]:
    entry = {
        "npm": npm,
        "name": "Acme",
        "options": {"baseURL": url, "apiKey": f"{{env:{key_name}}}"},
        "models": {"m-1": {}},
    }
    model = "ringlet/m-1"
    return opencode_file({"model": model, "small_model": model, "provider": {"ringlet": entry}})


def droid_file(kind: str, url: str, key_name: str) -> dict[str, Any]:
    model = {
        "displayName": "m-1",
        "model": "m-1",
        "baseUrl": url,
        "apiKey": f"${{{key_name}}}",
        "provider": kind,
        "maxOutputTokens": 16384,
    }
    defaults = {"model": "custom:m-1-0"}
    return {".factory/settings.json": {"customModels": [model], "sessionDefaultSettings": defaults}}


def grok_file(url: str) -> dict[str, Any]:
    return {".grok/user-settings.json": {"baseURL": url, "defaultModel": "m-1"}}


def grok_env(url: str, key: str) -> dict[str, str]:
    return {"GROK_BASE_URL": url, "GROK_API_KEY": key, "GROK_MODEL": "m-1"}


def gemini_file(**more: Any) -> dict[str, Any]:
    settings = {
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        "privacy": {"usageStatisticsEnabled": False},
    }
    return {".gemini/settings.json": {**settings, **more}}


def qwen_file(**more: Any) -> dict[str, Any]:
    settings = {
        "general": {"enableAutoUpdate": False, "disableAutoUpdate": True},
        "privacy": {"usageStatisticsEnabled": False},
    }
    return {".qwen/settings.json": {**settings, **more}}


def by_key(kind: str) -> dict[str, Any]:
    return {"security": {"auth": {"selectedType": kind}}}


def gemini_env(url: str, key: str) -> dict[str, str]:
    return {"GEMINI_API_KEY": key, "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_MODEL": "m-1"}


def qwen_env(url: str, key: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": url, "OPENAI_MODEL": "m-1"}


CLAUDE_ALONE: Final = {".claude/settings.json": {"disableAgentView": True}}
ONBOARDED = {".claude.json": {"hasCompletedOnboarding": True}, **CLAUDE_ALONE}
AIRGAP = {"FACTORY_AIRGAP_ENABLED": "true"}
ROOT = "https://acme.test/anthropic"

CASES: list[tuple[str, str, Provider, Api | None, dict[str, Any], dict[str, str]]] = [
    (
        "claude-key",
        "claude",
        MESSAGES,
        Api.MESSAGES,
        ONBOARDED,
        claude_env(ROOT, {"ANTHROPIC_AUTH_TOKEN": KEY}),
    ),
    (
        "claude-anthropic-key",
        "claude",
        ANTHROPIC,
        Api.MESSAGES,
        ONBOARDED,
        {
            "ANTHROPIC_BASE_URL": "https://api.acme.test",
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_MODEL": "m-1",
        },
    ),
    (
        "claude-no-key",
        "claude",
        KEYLESS,
        Api.MESSAGES,
        ONBOARDED,
        claude_env("http://127.0.0.1:9", {"ANTHROPIC_AUTH_TOKEN": "none"}),
    ),
    ("claude-self", "claude", SELF, None, CLAUDE_ALONE, {"ANTHROPIC_MODEL": "m-1"}),
    (
        "codex-key",
        "codex",
        RESPONSES,
        Api.RESPONSES,
        codex_file("https://acme.test/v1", "ACME_KEY"),
        {"ACME_KEY": KEY},
    ),
    (
        "codex-no-key",
        "codex",
        KEYLESS,
        Api.RESPONSES,
        codex_file("http://127.0.0.1:9/v1", "RINGLET_API_KEY"),
        {"RINGLET_API_KEY": "none"},
    ),
    ("codex-self", "codex", SELF, None, {".codex/config.toml": {"model": "m-1", **ALONE}}, {}),
    (
        "grok-key",
        "grok",
        CHAT,
        Api.CHAT,
        grok_file("https://acme.test/paas/v4"),
        grok_env("https://acme.test/paas/v4", KEY),
    ),
    (
        "grok-no-key",
        "grok",
        KEYLESS,
        Api.CHAT,
        grok_file("http://127.0.0.1:9/v1"),
        grok_env("http://127.0.0.1:9/v1", "none"),
    ),
    (
        "grok-self",
        "grok",
        SELF,
        None,
        {".grok/user-settings.json": {"defaultModel": "m-1"}},
        {"GROK_MODEL": "m-1"},
    ),
    (
        "droid-messages-key",
        "droid",
        MESSAGES,
        Api.MESSAGES,
        droid_file("anthropic", ROOT, "ACME_KEY"),
        {"ACME_KEY": KEY, **AIRGAP},
    ),
    (
        "droid-responses-key",
        "droid",
        RESPONSES,
        Api.RESPONSES,
        droid_file("openai", "https://acme.test/v1", "ACME_KEY"),
        {"ACME_KEY": KEY, **AIRGAP},
    ),
    (
        "droid-chat-key",
        "droid",
        CHAT,
        Api.CHAT,
        droid_file("generic-chat-completion-api", "https://acme.test/paas/v4", "ACME_KEY"),
        {"ACME_KEY": KEY, **AIRGAP},
    ),
    (
        "droid-no-key",
        "droid",
        KEYLESS,
        Api.CHAT,
        droid_file("generic-chat-completion-api", "http://127.0.0.1:9/v1", "RINGLET_API_KEY"),
        {"RINGLET_API_KEY": "none", **AIRGAP},
    ),
    (
        "droid-self",
        "droid",
        SELF,
        None,
        {".factory/settings.json": {"sessionDefaultSettings": {"model": "m-1"}}},
        {},
    ),
    (
        "opencode-messages-key",
        "opencode",
        MESSAGES,
        Api.MESSAGES,
        opencode_provider("@ai-sdk/anthropic", f"{ROOT}/v1", "ACME_KEY"),
        {"ACME_KEY": KEY},
    ),
    (
        "opencode-chat-key",
        "opencode",
        CHAT,
        Api.CHAT,
        opencode_provider("@ai-sdk/openai-compatible", "https://acme.test/paas/v4", "ACME_KEY"),
        {"ACME_KEY": KEY},
    ),
    (
        "opencode-no-key",
        "opencode",
        KEYLESS,
        Api.MESSAGES,
        opencode_provider("@ai-sdk/anthropic", "http://127.0.0.1:9/v1", "RINGLET_API_KEY"),
        {"RINGLET_API_KEY": "none"},
    ),
    ("opencode-self", "opencode", SELF, None, opencode_file({"model": "m-1"}), {}),
    (
        "gemini-key",
        "gemini",
        GOOGLE,
        Api.GEMINI,
        gemini_file(**by_key("gemini-api-key")),
        gemini_env("https://acme.test", KEY),
    ),
    (
        "gemini-no-key",
        "gemini",
        KEYLESS,
        Api.GEMINI,
        gemini_file(**by_key("gemini-api-key")),
        gemini_env("http://127.0.0.1:9", "none"),
    ),
    ("gemini-self", "gemini", SELF, None, gemini_file(), {"GEMINI_MODEL": "m-1"}),
    (
        "qwen-key",
        "qwen",
        CHAT,
        Api.CHAT,
        qwen_file(**by_key("openai")),
        qwen_env("https://acme.test/paas/v4", KEY),
    ),
    (
        "qwen-no-key",
        "qwen",
        KEYLESS,
        Api.CHAT,
        qwen_file(**by_key("openai")),
        qwen_env("http://127.0.0.1:9/v1", "none"),
    ),
    ("qwen-self", "qwen", SELF, None, qwen_file(), {"OPENAI_MODEL": "m-1"}),
    (
        "demo-no-key",
        "demo",
        KEYLESS,
        Api.MESSAGES,
        {},
        {
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
            "ANTHROPIC_AUTH_TOKEN": "none",
            "ANTHROPIC_MODEL": "m-1",
        },
    ),
]


@pytest.mark.parametrize(
    ("agent_id", "provider", "api", "files", "env"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_agent_and_provider_decide_over_files_and_variables(
    agent_id: str,
    provider: Provider,
    api: Api | None,
    files: dict[str, Any],
    env: dict[str, str],
) -> None:
    has_key = api is not None and provider is not KEYLESS
    result = run(agent_id, provider, api, has_key=has_key)
    assert read_files(result) == files
    assert dict(result.env) == env
    assert result.args == ()


@pytest.mark.parametrize(
    ("agent_id", "path"),
    [("codex", ".codex/config.toml"), ("opencode", ".config/opencode/opencode.json")],
)
def test_an_own_login_without_a_model_leaves_the_choice_to_the_agent(
    agent_id: str, path: str
) -> None:
    result = run(agent_id, SELF, None, model="")
    assert "model" not in read_files(result).get(path, {})
    assert result.env == {}


@pytest.mark.parametrize(
    ("agent_id", "path", "trust"),
    [
        ("claude", ".claude.json", {"projects": {PROJECT: {"hasTrustDialogAccepted": True}}}),
        ("codex", ".codex/config.toml", {"projects": {PROJECT: {"trust_level": "trusted"}}}),
        (
            "droid",
            ".factory/settings.json",
            {"trustedFolders": {PROJECT: {"trustedAt": "2026-01-01T00:00:00.000Z"}}},
        ),
        ("gemini", ".gemini/trustedFolders.json", {PROJECT: "TRUST_FOLDER"}),
    ],
)
def test_a_project_is_trusted_only_on_demand(
    agent_id: str, path: str, trust: dict[str, Any]
) -> None:
    def trusted(**changes: Any) -> dict[str, Any]:
        content = read_files(run(agent_id, SELF, None, **changes)).get(path, {})
        return {key: content[key] for key in trust if key in content}

    assert trusted() == {}
    assert trusted(trust_project=True, project_dir="") == {}
    assert trusted(trust_project=True) == trust


def test_claude_approves_an_anthropic_key_by_its_tail() -> None:
    files = read_files(run("claude", ANTHROPIC, Api.MESSAGES, key_tail="x" * 20))
    assert files[".claude.json"]["customApiKeyResponses"] == {"approved": ["x" * 20]}


def test_claude_shows_no_tail_of_a_key_that_needs_no_approval() -> None:
    assert read_files(run("claude", MESSAGES, Api.MESSAGES, key_tail="x" * 20)) == ONBOARDED


def test_claude_with_its_own_login_goes_through_the_proxy() -> None:
    env = run("claude", SELF, None, proxy_url="http://127.0.0.1:7000").env
    assert env == {"ANTHROPIC_BASE_URL": "http://127.0.0.1:7000", "ANTHROPIC_MODEL": "m-1"}


def test_droid_does_not_take_a_key_variable_for_the_marker() -> None:
    provider = make_provider(ProviderType.OPENAI, "https://acme.test/v1", env_key="API_KEY")
    result = run("droid", provider, Api.RESPONSES)
    assert read_files(result) == droid_file("openai", "https://acme.test/v1", "RINGLET_API_KEY")
    assert result.env == {"RINGLET_API_KEY": KEY, **AIRGAP}


def test_droid_says_that_it_needs_a_model() -> None:
    with pytest.raises(RingletError, match="Droid needs to know the model"):
        run("droid", MESSAGES, Api.MESSAGES, model="")


def test_a_model_name_with_a_slash_stays_whole() -> None:
    config = read_files(run("opencode", CHAT, Api.CHAT, model="openrouter/auto"))
    opencode = config[".config/opencode/opencode.json"]
    assert opencode["model"] == "ringlet/openrouter/auto"
    assert opencode["provider"]["ringlet"]["models"] == {"openrouter/auto": {}}


def test_gemini_gets_secrets_of_servers_by_name_only() -> None:
    custom = {"notes": McpServer("notes", env={"LEVEL": "3", "TOKEN": "$ENV:TOKEN"})}
    wanted = Preferences(mcp_servers=McpPreferences(custom=custom))
    settings = read_files(run("gemini", SELF, None, preferences=wanted))[".gemini/settings.json"]
    assert settings["mcpServers"]["notes"]["env"] == {"LEVEL": "3", "TOKEN": "$TOKEN"}


@pytest.mark.parametrize("agent_id", ["gemini", "qwen"])
def test_a_login_of_googles_kind_goes_through_no_proxy(agent_id: str) -> None:
    with pytest.raises(RingletError, match="own login cannot go through a proxy"):
        run(agent_id, SELF, None, proxy_url="http://127.0.0.1:7000")


def test_with_a_helper_neither_claude_nor_codex_gets_the_key_in_a_variable() -> None:
    words = ("/opt/my python", "-m", "helper")
    claude = run("claude", ANTHROPIC, Api.MESSAGES, key_helper=words, key_tail="x" * 20)
    codex = run("codex", RESPONSES, Api.RESPONSES, key_helper=words)
    for result in (claude, codex):
        assert "${API_KEY}" not in "".join(result.env.values())
    files = read_files(claude)
    assert files[".claude/settings.json"]["apiKeyHelper"] == "'/opt/my python' -m helper"
    assert "customApiKeyResponses" not in files[".claude.json"]
    entry = read_files(codex)[".codex/config.toml"]["model_providers"]["ringlet"]
    assert entry["auth"] == {"command": "/opt/my python", "args": ["-m", "helper"]}
    assert "env_key" not in entry
