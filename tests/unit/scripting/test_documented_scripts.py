"""The five example scripts of the documentation that users know run as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.scripting.script_inputs import PROJECT, make_input, make_provider, read_files

from ringlet.domain.preferences import HookPreferences, McpPreferences, McpServer, Preferences
from ringlet.domain.providers import Api, ProviderType
from ringlet.scripting.engine import run_script
from ringlet.scripting.locating import Script
from ringlet.scripting.result import ScriptResult

_FOLDER = Path(__file__).with_name("documented")
_MESSAGES = make_provider(ProviderType.ANTHROPIC_COMPATIBLE, "https://acme.test/anthropic")
_CHAT = make_provider(ProviderType.OPENAI_COMPATIBLE, "https://acme.test/v1")
_KEY = "${API_KEY}"


def run(name: str, agent_id: str, preferences: Preferences | None = None) -> ScriptResult:
    script = Script(f"{name}.rhai", (_FOLDER / f"{name}.rhai").read_text("utf-8"), "example")
    provider, api = (_MESSAGES, Api.MESSAGES) if agent_id == "claude" else (_CHAT, Api.CHAT)
    wanted = preferences or Preferences()
    return run_script(script, make_input(agent_id, provider, api, preferences=wanted))


def test_the_basic_one() -> None:
    result = run("basic", "claude")
    env = read_files(result)[".claude/settings.json"]["env"]
    assert env["ANTHROPIC_BASE_URL"] == "https://acme.test/anthropic"
    assert env["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "m-1"
    # The key goes where it is safe: into the environment of the agent.
    assert result.env == {"ANTHROPIC_AUTH_TOKEN": _KEY}


@pytest.mark.parametrize(
    "wanted", [(), ("auto_format",), ("auto_lint",), ("auto_format", "auto_lint")]
)
def test_the_one_with_hooks(wanted: tuple[str, ...]) -> None:
    chosen = HookPreferences(auto_format="auto_format" in wanted, auto_lint="auto_lint" in wanted)
    settings = read_files(run("hooks", "claude", Preferences(hooks=chosen)))
    groups = settings[".claude/settings.json"].get("hooks", {}).get("PostToolUse", [])
    commands = [group["hooks"][0]["command"].split()[0] for group in groups]
    programs = {"auto_format": "prettier", "auto_lint": "eslint"}
    assert commands == [programs[name] for name in wanted]


def test_the_one_with_mcp_servers() -> None:
    notes = McpServer("notes", ("--stdio",), {"LEVEL": "1", "TOKEN": "$KEYCHAIN:notes"})
    wanted = McpPreferences(
        filesystem=True, github=True, github_token="ghp-secret", custom={"notes": notes}
    )
    result = run("mcp", "claude", Preferences(mcp_servers=wanted))
    servers = read_files(result)[".claude.json"]["mcpServers"]
    assert servers["filesystem"]["args"][-1] == PROJECT
    assert servers["github"]["env"] == {"GITHUB_TOKEN": "${GITHUB_TOKEN}"}
    assert servers["notes"] == {
        "command": "notes",
        "args": ["--stdio"],
        "env": {"LEVEL": "1", "TOKEN": "${TOKEN}"},
    }
    assert set(read_files(run("mcp", "claude"))) == {".claude/settings.json"}


def test_a_server_of_github_needs_its_token() -> None:
    wanted = Preferences(mcp_servers=McpPreferences(github=True))
    assert ".claude.json" not in run("mcp", "claude", wanted).files


def test_the_one_that_makes_toml() -> None:
    result = run("codex", "codex")
    config = read_files(result)[".codex/config.toml"]
    assert config["profiles"] == {"work": {"model": "codex-m-1", "model_provider": "acme"}}
    assert config["model_providers"]["acme"]["name"] == "Acme Chat Completions API"
    assert result.env == {"CLOWN_API_KEY": _KEY}


def test_the_one_with_variables_only() -> None:
    result = run("grok", "grok")
    assert result.files == {}
    assert result.env == {"GROK_BASE_URL": "https://acme.test/v1", "GROK_API_KEY": _KEY}
