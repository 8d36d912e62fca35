"""Hooks and MCP servers of a profile, in the terms of each agent."""

from __future__ import annotations

import hashlib
import json
import shlex
from typing import Any

import pytest
from tests.unit.scripting.script_inputs import HOME, PROJECT, SELF, read_files, run

from ringlet.domain.hooks import HookAction, HookRule, HooksConfig
from ringlet.domain.preferences import (
    CustomHook,
    HookPreferences,
    McpPreferences,
    McpServer,
    Preferences,
)

HOOKS = HooksConfig(
    PreToolUse=(HookRule("Bash|Write", (HookAction("command", "check $EVENT", timeout=1500),)),),
    Stop=(HookRule("*", (HookAction("url", url="http://127.0.0.1:1/hook"),)),),
)
SERVERS = McpPreferences(
    filesystem=True,
    github=True,
    github_token="$KEYCHAIN:github",
    custom={"notes": McpServer("notes", ("--stdio",), {"A": "1", "T": "$KEYCHAIN:notes"})},
)


def settings_of(agent_id: str, path: str, **changes: Any) -> Any:
    return read_files(run(agent_id, SELF, None, **changes))[path]


def inner(command: str) -> list[str]:
    """What the runner of hooks is asked to do: profile, event, kind, action."""
    return shlex.split(command)[-4:]


def test_claude_gets_web_hooks_and_seconds() -> None:
    hooks = settings_of("claude", ".claude/settings.json", hooks_config=HOOKS)["hooks"]
    (before,) = hooks["PreToolUse"]
    assert before["matcher"] == "Bash|Write"
    (action,) = before["hooks"]
    assert (action["type"], action["timeout"]) == ("command", 2)
    assert inner(action["command"]) == ["work", "PreToolUse", "command", "check $EVENT"]
    assert hooks["Stop"] == [{"hooks": [{"type": "http", "url": "http://127.0.0.1:1/hook"}]}]


def test_droid_gets_its_own_names_of_tools_and_no_web_hooks() -> None:
    hooks = settings_of("droid", ".factory/settings.json", hooks_config=HOOKS)["hooks"]
    assert hooks["PreToolUse"][0]["matcher"] == "Execute|Create"
    (action,) = hooks["Stop"][0]["hooks"]
    assert action["type"] == "command"
    assert inner(action["command"]) == ["work", "Stop", "url", "http://127.0.0.1:1/hook"]


def test_codex_trusts_the_hooks_that_it_gets() -> None:
    files = read_files(run("codex", SELF, None, hooks_config=HOOKS))
    hooks = files[".codex/hooks.json"]["hooks"]
    state = files[".codex/config.toml"]["hooks"]["state"]
    assert hooks["PreToolUse"][0]["matcher"] == "Bash|apply_patch"
    for event, spelling, matcher, timeout in (
        ("PreToolUse", "pre_tool_use", {"matcher": "Bash|apply_patch"}, 2),
        ("Stop", "stop", {}, 600),
    ):
        command = hooks[event][0]["hooks"][0]["command"]
        action = {"type": "command", "command": command, "timeout": timeout, "async": False}
        seen = json.dumps(
            {"event_name": spelling, "hooks": [action], **matcher},
            sort_keys=True,
            separators=(",", ":"),
        )
        digest = hashlib.sha256(seen.encode()).hexdigest()
        place = f"{HOME}/.codex/hooks.json:{spelling}:0:0"
        assert state[place] == {"trusted_hash": f"sha256:{digest}"}


def test_opencode_gets_a_plugin_that_knows_the_rules() -> None:
    path = ".config/opencode/plugin/ringlet-hooks.js"
    text = settings_of("opencode", path, hooks_config=HOOKS)
    rules = json.loads(text[text.index("[") : text.index("];") + 1])
    assert [(rule["event"], rule["matcher"]) for rule in rules] == [
        ("PreToolUse", "bash|write"),
        ("Stop", ""),
    ]
    assert path not in run("opencode", SELF, None).files


@pytest.mark.parametrize("agent_id", ["grok", "demo"])
def test_an_agent_without_hooks_and_servers_gets_none(agent_id: str) -> None:
    wanted = Preferences(HookPreferences(auto_format=True), SERVERS)
    assert (
        run(agent_id, SELF, None, preferences=wanted, hooks_config=HOOKS).files
        == run(agent_id, SELF, None).files
    )


def test_formatting_and_linting_and_the_users_own_hooks_come_from_the_preferences() -> None:
    wanted = HookPreferences(
        auto_format=True, auto_lint=True, custom={"Stop": (CustomHook(command="say done"),)}
    )
    hooks = settings_of("claude", ".claude/settings.json", preferences=Preferences(hooks=wanted))[
        "hooks"
    ]
    formatter, linter = hooks["PostToolUse"]
    assert formatter["matcher"] == linter["matcher"] == "Edit|Write|MultiEdit"
    assert inner(formatter["hooks"][0]["command"])[3].startswith("prettier --write")
    assert inner(linter["hooks"][0]["command"])[3].startswith("eslint --fix")
    assert inner(hooks["Stop"][0]["hooks"][0]["command"])[3] == "say done"


def test_an_event_that_an_agent_does_not_fire_is_left_out() -> None:
    config = HooksConfig(Notification=(HookRule("", (HookAction("command", "x"),)),))
    assert ".codex/hooks.json" not in run("codex", SELF, None, hooks_config=config).files


@pytest.mark.parametrize(
    ("agent_id", "path", "key"),
    [
        ("claude", ".claude.json", "mcpServers"),
        ("codex", ".codex/config.toml", "mcp_servers"),
        ("droid", ".factory/mcp.json", "mcpServers"),
        ("opencode", ".config/opencode/opencode.json", "mcp"),
    ],
)
def test_every_agent_gets_its_servers_and_no_file_a_secret(
    agent_id: str, path: str, key: str
) -> None:
    result = run(agent_id, SELF, None, preferences=Preferences(mcp_servers=SERVERS))
    servers = read_files(result)[path][key]
    assert set(servers) == {"filesystem", "github", "notes"}
    text = json.dumps(servers)
    assert PROJECT in text
    assert "KEYCHAIN" not in text
    if agent_id == "opencode":
        assert servers["notes"]["command"] == ["notes", "--stdio"]
        assert servers["notes"]["environment"] == {"A": "1"}
    else:
        assert (servers["notes"]["command"], servers["notes"]["args"]) == ("notes", ["--stdio"])
        assert servers["notes"]["env"] == {"A": "1"}
    if agent_id == "codex":
        assert servers["notes"]["env_vars"] == ["T"]


PROXY = "http://127.0.0.1:7000"


def test_an_own_login_goes_through_the_proxy_where_the_agent_can() -> None:
    codex = settings_of("codex", ".codex/config.toml", proxy_url=PROXY)
    assert codex["model_providers"]["ringlet"]["base_url"] == f"{PROXY}/v1"
    assert codex["model_providers"]["ringlet"]["requires_openai_auth"] is True
    opencode = settings_of(
        "opencode",
        ".config/opencode/opencode.json",
        proxy_url=PROXY,
        model="anthropic/claude-x",
    )
    assert opencode["provider"] == {"anthropic": {"options": {"baseURL": f"{PROXY}/v1"}}}
