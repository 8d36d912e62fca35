"""Settings, versions and help, as people meet them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.terminal import Terminal
from tests.e2e.test_runs import add_agent
from tests.e2e.world import World


def editor(world: World, *texts: str) -> str:
    """A command that writes the next of these texts at each call."""
    for number, text in enumerate(texts):
        (world.root / f"text-{number}").write_text(text)
    script = world.root / "editor"
    script.write_text(f'#!/bin/sh\ncd {world.root}\nmv "$(ls -d text-* | head -1)" "$1"\n')
    script.chmod(0o755)
    return str(script)


def test_a_setting_counts_from_the_next_command_on(world: World) -> None:
    add_agent(world, "exit 0")
    world.run("config", "set", "defaults.provider", "loop")
    done = world.run("profiles", "create", "fake", "work", "--api-key-stdin", stdin="sk-0123456789")
    assert "Profile work created" in done.stdout
    assert world.json("profiles", "list")[0]["provider_id"] == "loop"
    told = world.run("config", "set", "daemon.http_port", "0").stdout
    assert "ringlet daemon restart" in told
    found = {setting["key"]: setting for setting in world.json("config", "list")}
    assert found["defaults.provider"]["value"] == "loop"
    assert found["defaults.provider"]["is_set"]
    assert not found["daemon.log_level"]["is_set"]
    assert world.run("config", "get", "daemon.http_port").stdout == "0\n"
    world.run("config", "unset", "defaults.provider")
    assert world.json("config", "get", "defaults.provider")["value"] is None


def test_a_file_spoiled_by_hand_is_told_and_mended_by_edit(world: World) -> None:
    path = Path(world.run("config", "path").stdout.strip())
    path.write_text("[deamon]\nhttp = false\n")
    refused = world.run("config", "set", "daemon.http", "false", check=False)
    assert refused.returncode == 1
    assert f"{path}:1: deamon" in refused.stderr
    assert any(f"{path}:1" in problem for problem in world.json("daemon", "status")["problems"])

    terminal = Terminal(
        world, "config", "edit", EDITOR=editor(world, "[daemon]\nhttp = 3\n", "# All right.\n")
    )
    terminal.answer("Edit again? [Y/n]", "y")
    assert terminal.end() == 0
    assert path.read_text() == "# All right.\n"
    problems = world.json("daemon", "status")["problems"]
    assert not [problem for problem in problems if "config.toml" in problem]


def test_version_and_help_tell_all_and_start_no_daemon(world: World) -> None:
    told = world.json("version")
    assert told["daemon"] is None
    assert told["config"] == str(world.config / "config.toml")
    assert told["protocol"] == 1
    help_text = world.run("help", "profiles", "create").stdout
    assert help_text == world.run("profiles", "create", "--help").stdout
    assert "ringlet profiles create [OPTIONS] AGENT_ID ALIAS" in help_text
    assert world.run("help").stdout == world.run("--help").stdout
    unknown = world.run("help", "profiles", "nonsense", check=False)
    assert "ringlet profiles --help" in unknown.stderr
    assert world.json("daemon", "status") == {"status": "stopped"}

    world.run("daemon", "start")
    running = json.loads(world.run("version", "--json").stdout)
    assert running["daemon"]["pid"] == world.daemon_pid()
    assert running["endpoint"] == world.json("daemon", "status")["endpoint"]
