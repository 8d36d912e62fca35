"""Whatever a path leads to: an answer at once, and never a mistake of Ringlet's."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.world import RINGLET, World

from ringlet.cli.link import connect

COMMANDS = (
    "usage import --home {}",
    "usage import-claude --claude-dir {}",
    "agents set-path demo {}",
    "profiles create demo made --working-dir {}",
    "profiles set work env TOKEN=$FILE:{}",
    "profiles env work --include-secrets",
    "aliases install work --bin-dir {}",
)
REQUESTS: tuple[dict[str, Any], ...] = (
    {"type": "usage_import", "home": "{}"},
    {"type": "usage_import_claude", "claude_dir": "{}"},
    {"type": "agents_set_path", "id": "demo", "path": "{}"},
    {"type": "fs_list", "path": "{}"},
    {"type": "fs_complete", "prefix": "{}/"},
    {"type": "git_info", "path": "{}"},
    {"type": "profiles_run", "alias": "work", "cwd": "{}"},
    {"type": "profiles_create", "agent_id": "demo", "alias": "made", "working_dir": "{}",
     "provider_id": "demo"},
    {"type": "aliases_install", "alias": "work", "bin_dir": "{}"},
)  # fmt: skip


@pytest.fixture
def places(world: World) -> list[str]:
    """Everything that a path can lead to."""
    root = world.home / "places"
    root.mkdir()
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    (root / "zeros").symlink_to("/dev/zero")
    (root / "file").write_text("x")
    (root / "two\nlines\x1b[2J").mkdir()
    with (root / "sparse").open("wb") as sparse:
        sparse.truncate(1 << 40)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(world.runtime / "x"))
    (world.runtime / "x").rename(root / "socket")
    (root / "locked").mkdir(0)
    system = ["/proc/kmsg", "/proc/self/mem", "/proc/self/fd/3", "/dev/tty", "/dev/full", "/proc"]
    names = [str(path) for path in sorted(root.iterdir())]
    return [*names, *system, str(root / ("x" * 300)), "/" + "y/" * 3000]


def test_commands_answer_whatever_a_path_leads_to(world: World, places: list[str]) -> None:
    world.run("profiles", "create", "demo", "work")
    for place in (each for each in places if each.endswith(("pipe", "zeros", "J", "kmsg"))):
        running = [
            subprocess.Popen(
                [RINGLET, *(word.format(place) for word in command.split(" "))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                cwd=world.project,
                env=world.environ,
            )
            for command in COMMANDS
        ]
        for command, process in zip(COMMANDS, running, strict=True):
            out, _ = process.communicate(timeout=60)
            assert process.returncode in (0, 1, 2), (command, place, out)
            assert "9999" not in out, (command, place, out)
            assert "Traceback" not in out
            assert "\x1b" not in out
        world.run("profiles", "delete", "made", "--yes", check=False)


def test_requests_answer_whatever_a_path_leads_to(world: World, places: list[str]) -> None:
    world.run("profiles", "create", "demo", "work")
    link = connect(world.endpoint())
    for place in places:
        for request in (*REQUESTS, {"type": "profiles_delete", "alias": "made"}):
            filled = {name: filled_in(value, place) for name, value in request.items()}
            reply = json.loads(link.call(json.dumps(filled).encode()))
            assert (reply["data"] or {}).get("code") != 9999, (filled, reply)
    link.close()
    for line in (world.config / "logs" / "ringletd.log").read_text().splitlines():
        assert "Traceback" not in line, str(json.loads(line))[-3000:]


def filled_in(value: Any, place: str) -> Any:
    if isinstance(value, dict):
        return {name: filled_in(each, place) for name, each in value.items()}
    return value.format(place) if isinstance(value, str) else value


def test_a_pipe_in_the_place_of_any_file_keeps_nothing_from_starting(world: World) -> None:
    world.run("profiles", "create", "demo", "work")
    world.run("daemon", "stop")
    home = Path(world.json("profiles", "inspect", "work")["home"])
    world.run("daemon", "stop")
    for path in (
        world.config / "config.toml",
        world.config / "prices.toml",
        world.config / "agents.d" / "own.toml",
        world.config / "providers.d" / "own.yaml",
        world.config / "scripts" / "claude.rhai",
        world.config / "profiles" / "other.json",
        world.home / ".gitconfig",
        world.home / ".config" / "git" / "config",
        world.home / ".claude" / "projects" / "p" / "s.jsonl",
        world.home / ".claude.json",
        home / ".demo-agent" / "history.jsonl",
        world.project / ".git",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    assert world.run("profiles", "exec", "work", "--", "true", check=False).returncode in (0, 1)
    assert [p["alias"] for p in world.json("profiles", "list")] == ["work"]
    assert world.run("usage", "--period", "all").returncode == 0
    doctor = world.run("doctor", check=False)
    assert "own.toml" in doctor.stdout
    assert "9999" not in doctor.stdout
