"""Hooks really fire and MCP servers really start, in every agent that has them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_real_agents import arguments, assert_key_is_nowhere, need_agent
from tests.e2e.world import Model, World, wait_for
from tests.receiver import receiving

_SERVER = Path(__file__).with_name("mcp_server.py")
_TOKEN = "token-canary-0123456789abcdef"
_APIS = {
    "claude": ("anthropic-compatible", "", 'apis = ["messages"]'),
    "codex": ("openai", "/v1", 'apis = ["responses"]'),
    "opencode": ("openai-compatible", "/v1", 'apis = ["chat"]'),
    "droid": ("anthropic-compatible", "", 'apis = ["messages"]'),
    "gemini": ("google", "", ""),
    "qwen": ("openai-compatible", "/v1", ""),
}
_WITH_SERVERS = sorted(_APIS)
_WITH_HOOKS = sorted(_APIS)


def create(world: World, model: Model, agent: str, *options: str) -> None:
    need_agent(agent)
    kind, suffix, apis = _APIS[agent]
    world.add_provider("loop", kind, model.base_url + suffix, apis)
    world.run(
        *("profiles", "create", agent, "work", "--provider", "loop", "--api-key-stdin"),
        *options,
        stdin="sk-canary-0123456789abcdef",
    )


def configure(world: World, text: str) -> None:
    world.config.mkdir(parents=True, exist_ok=True)
    (world.config / "config.toml").write_text(text)


def set_hooks(world: World, hooks: dict[str, Any]) -> None:
    """Give the profile hooks of its own, while no daemon has it in memory."""
    world.run("daemon", "stop")
    path = world.config / "profiles" / "work.json"
    profile = json.loads(path.read_text())
    profile["metadata"]["hooks_config"] = hooks
    path.write_text(json.dumps(profile))


@pytest.mark.parametrize("agent", _WITH_HOOKS)
def test_hooks_of_a_profile_hear_of_a_tool_and_of_the_end_and_can_refuse(
    world: World, model: Model, agent: str
) -> None:
    create(world, model, agent)
    listen = {"type": "command", "command": 'printf "%s" "$EVENT" >event.json', "timeout": 9000}
    refuse = {"type": "command", "command": "grep -q forbidden && exit 1; exit 0"}
    prompt = "[[bash: echo made >made.txt]] [[bash: echo >forbidden.txt]] [[say: I am done.]]"

    with receiving() as (url, posted):
        set_hooks(
            world,
            {
                "PreToolUse": [{"matcher": "Bash|Write", "hooks": [refuse]}],
                "PostToolUse": [{"matcher": "*", "hooks": [listen]}],
                "Stop": [{"matcher": "*", "hooks": [{"type": "url", "url": url}]}],
            },
        )
        done = world.run("profiles", "run", "work", "--", *arguments(agent, prompt))
        wait_for(lambda: posted, "the hook at the end")

    assert "I am done." in done.stdout
    assert (world.project / "made.txt").exists()
    assert not (world.project / "forbidden.txt").exists()
    event = json.loads((world.project / "event.json").read_text())
    assert (event["type"], event["profile"]) == ("PostToolUse", "work")
    assert "made.txt" in event["command"]
    # Claude Code posts its own account, for the others the runner posts Ringlet's.
    key = "hook_event_name" if agent == "claude" else "type"
    assert posted[0][key] == "Stop"


@pytest.mark.parametrize("agent", _WITH_HOOKS)
def test_hooks_of_the_settings_fire_unless_the_profile_is_bare(
    world: World, model: Model, agent: str
) -> None:
    configure(world, "[[hooks.custom.PostToolUse]]\ncommand = 'echo \"$EVENT\" >>events.txt'\n")
    create(world, model, agent)
    prompt = "[[bash: echo made >made.txt]] [[say: I am done.]]"
    world.run("profiles", "run", "work", "--", *arguments(agent, prompt))
    assert "PostToolUse" in (world.project / "events.txt").read_text()

    (world.project / "events.txt").unlink()
    world.run("profiles", "create", agent, "plain", "--provider", "demo", "--bare")
    world.run("profiles", "run", "plain", "--", *arguments(agent, prompt))
    assert not (world.project / "events.txt").exists()


def test_files_are_formatted_after_the_agent_has_written_them(world: World, model: Model) -> None:
    programs = world.root / "programs"
    programs.mkdir()
    (programs / "prettier").write_text('#!/bin/sh\necho "$@" >>"$(dirname "$0")/log"\n')
    (programs / "prettier").chmod(0o755)
    world.environ["PATH"] = f"{programs}:{world.environ['PATH']}"
    create(world, model, "claude", "--hooks", "auto_format")
    path = world.project / "page.md"
    words = ["-p", "--allowedTools", "Write", "--", f"[[write: {path} | # Hello]] [[say: Done.]]"]

    world.run("profiles", "run", "work", "--", *words)

    assert path.exists()
    assert (programs / "log").read_text() == f"--write --ignore-unknown {path}\n"


@pytest.mark.parametrize("agent", _WITH_SERVERS)
def test_a_server_that_the_profile_names_is_started_and_its_secret_is_in_no_file(
    world: World, model: Model, agent: str
) -> None:
    log = world.root / "server.log"
    world.environ["RINGLET_SECRET_NOTES"] = _TOKEN
    configure(
        world,
        f"""
[mcp_servers.custom.notes]
command = "{sys.executable}"
args = ["{_SERVER}", "{log}"]
env = {{ NOTES_LEVEL = "3", NOTES_TOKEN = "$KEYCHAIN:notes" }}
enabled = false
""",
    )
    create(world, model, agent, "--mcp", "notes")

    done = world.run("profiles", "run", "work", "--", *arguments(agent, "[[say: I am done.]]"))

    assert "I am done." in done.stdout
    seen = [json.loads(line) for line in log.read_text().splitlines()]
    assert seen[0] == {"method": "started", "NOTES_LEVEL": "3", "NOTES_TOKEN": _TOKEN}
    assert "initialize" in {entry["method"] for entry in seen}
    assert_key_is_nowhere(world, _TOKEN)


def test_a_new_server_counts_from_the_next_run_on(world: World) -> None:
    need_agent("claude")
    world.run("profiles", "create", "claude", "work", "--provider", "demo")
    state = world.home / ".claude-profiles" / "work" / ".claude.json"
    assert "mcpServers" not in json.loads(state.read_text())
    for text, servers in (
        ('[mcp_servers.custom.notes]\ncommand = "notes"\n', {"notes"}),
        ("[mcp_servers\n", {"notes"}),  # does not parse: nothing changes
        ("", set()),
    ):
        configure(world, text)
        world.run("profiles", "exec", "work", "--", "true")
        assert set(json.loads(state.read_text()).get("mcpServers", {})) == servers


def test_an_event_that_the_agent_does_not_fire_is_refused_at_the_run(
    world: World, model: Model
) -> None:
    create(world, model, "codex")
    rule = {"matcher": "*", "hooks": [{"type": "command", "command": "true"}]}
    set_hooks(world, {"Notification": [rule]})
    done = world.run("profiles", "exec", "work", "--", "true", check=False)
    assert done.returncode == 1
    assert "no event Notification [1009]" in done.stderr
    assert "Its events: PreToolUse" in done.stderr


def test_what_an_agent_cannot_have_is_refused(world: World) -> None:
    need_agent("grok")
    create_grok = ("profiles", "create", "grok", "work", "--provider", "demo")
    for options, code in (
        (("--hooks", "auto_format"), 1008),
        (("--mcp", "filesystem"), 1105),
    ):
        done = world.run(*create_grok, *options, "--json", check=False)
        assert json.loads(done.stdout)["code"] == code


def test_an_unknown_hook_or_server_is_refused_with_the_known_ones(world: World) -> None:
    need_agent("claude")
    for option in ("--hooks", "--mcp"):
        done = world.run(
            *("profiles", "create", "claude", "work", "--provider", "demo", option, "nonsense"),
            "--json",
            check=False,
        )
        problem = json.loads(done.stdout)
        assert problem["code"] == 1101
        assert "Known are:" in problem["hint"]


def test_hooks_servers_and_bareness_can_be_chosen_later(world: World) -> None:
    need_agent("claude")
    world.run("profiles", "create", "claude", "work", "--provider", "demo", "--no-alias")
    path = world.config / "profiles" / "work.json"

    def chosen() -> tuple[Any, ...]:
        metadata = json.loads(path.read_text())["metadata"]
        names = ("enabled_hooks", "enabled_mcp_servers", "bare")
        return tuple(metadata.get(name) for name in names)

    for words in (("hooks", "auto_format,auto_lint"), ("mcp", "filesystem"), ("bare", "on")):
        world.run("profiles", "set", "work", *words)
    assert chosen() == (["auto_format", "auto_lint"], ["filesystem"], True)
    for what in ("hooks", "mcp", "bare"):
        world.run("profiles", "set", "work", what, "--unset")
    assert not any(chosen())
    for refused in (["hooks", "nonsense"], ["bare", "perhaps"], ["mcp"]):
        assert world.run("profiles", "set", "work", *refused, check=False).returncode != 0
