"""Profiles on a messy machine: odd folders, odd names, people who hang up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World

from ringlet.cli.link import connect


@pytest.fixture
def small(world: World) -> Iterator[World]:
    """A world with an agent and a profile that needs no key."""
    add_agent(world, 'echo "$PATH"')
    create(world)
    yield world


def ask(world: World, **request: Any) -> dict[str, Any]:
    """The daemon's reply to a request."""
    link = connect(world.json("daemon", "status")["endpoint"])
    reply: dict[str, Any] = json.loads(link.call(json.dumps(request).encode()))
    link.close()
    return reply


def add_program(world: World, name: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\necho mine\n")
    program.chmod(0o755)
    return program


def test_relative_folders_of_the_caller_are_seen_from_where_the_caller_is(small: World) -> None:
    world = small
    add_program(world, "greet", world.project / "tools")
    path = f"tools:{world.environ['PATH']}"
    done = world.run("profiles", "exec", "work", "--", "greet", environ={"PATH": path})
    assert done.stdout == "mine\n"
    shown = world.run("profiles", "run", "work", environ={"PATH": path}).stdout
    assert shown.startswith(f"{world.project}/tools:")

    world.run("aliases", "install", "work", "--bin-dir", "own/bin")
    assert (world.project / "own/bin/work").exists()
    world.run("aliases", "uninstall", "work", "--bin-dir", "own/bin")
    assert not (world.project / "own/bin/work").exists()
    refused = ask(world, type="aliases_install", alias="work", bin_dir="own/bin")
    assert refused["data"]["code"] == 1101


def test_the_daemon_keeps_no_folder_of_its_caller(small: World) -> None:
    assert os.readlink(f"/proc/{small.daemon_pid()}/cwd") == "/"


def test_a_shim_hides_no_program_and_tells_when_it_cannot_be_found(small: World) -> None:
    world = small
    add_program(world, "busy", world.root / "bin")
    done = world.run(
        "profiles",
        "create",
        "fake",
        "busy",
        "--provider",
        "loop",
        "--api-key-stdin",
        stdin="k" * 20,
    )
    assert "would hide the program" in done.stderr
    assert str(world.root / "bin" / "busy") in done.stderr
    refused = world.run("aliases", "install", "busy", "--bin-dir", "x", check=False)
    assert refused.returncode == 1
    assert not (world.project / "x" / "busy").exists()

    noted = world.run("aliases", "install", "work", "--bin-dir", "x")
    assert "not on your PATH" in noted.stderr
    again = world.run(
        *("aliases", "install", "work", "--bin-dir", "x"),
        environ={"PATH": f"{world.project}/x:{world.environ['PATH']}"},
    )
    assert again.stderr == ""


def test_a_home_that_is_a_link_is_left_and_that_is_said(small: World) -> None:
    world = small
    home = world.home / ".fake-profiles" / "work"
    elsewhere = world.root / "elsewhere"
    home.rename(elsewhere)
    home.symlink_to(elsewhere)
    done = world.run("profiles", "delete", "work", "--purge", "--yes")
    assert "is a link" in done.stderr
    assert "Removed" not in done.stderr
    assert any(elsewhere.iterdir())


@pytest.mark.parametrize("place", ["{home}", "{home}/.config", "{home}/.config/ringlet", "{run}"])
def test_a_home_that_holds_more_than_the_profile_is_never_purged(small: World, place: str) -> None:
    world = small
    path = world.config / "profiles" / "work.json"
    profile = json.loads(path.read_text())
    profile["metadata"]["home"] = place.format(home=world.home, run=world.runtime)
    world.run("daemon", "stop")
    path.write_text(json.dumps(profile))
    done = world.run("profiles", "delete", "work", "--purge", "--yes", check=False)
    assert done.returncode == 1
    assert "[1107]" in done.stderr
    assert len(world.json("profiles", "list")) == 1
    assert path.exists()


def test_a_home_older_than_its_profile_is_noted_and_one_in_your_home_stays(world: World) -> None:
    add_agent(world, "exit 0")
    manifest = world.config / "agents.d" / "fake.toml"
    manifest.write_text(manifest.read_text().replace("~/.fake-profiles/{alias}", "~/{alias}"))
    (world.home / "work").mkdir()
    (world.home / "work" / "thesis.txt").touch()
    create(world)
    assert world.json("profiles", "inspect", "work")["home_was_there"] is True
    refused = world.run("profiles", "delete", "work", "--purge", "--yes", check=False)
    assert "Ringlet did not make" in refused.stderr
    assert (world.home / "work" / "thesis.txt").exists()
    create(world, "other")
    assert world.json("profiles", "inspect", "other")["home_was_there"] is False
    world.run("profiles", "delete", "other", "--purge", "--yes")
    assert not (world.home / "other").exists()


def test_self_takes_no_key(world: World) -> None:
    add_agent(world, "exit 0")
    manifest = world.config / "agents.d" / "fake.toml"
    manifest.write_text(manifest.read_text().replace("[detect]", "own_login = true\n[detect]"))
    done = world.run(
        *"profiles create fake own --provider self --api-key-stdin".split(),
        stdin="sk-0123456789abcdef",
        check=False,
    )
    assert done.returncode == 1
    assert "takes no key" in done.stderr
    assert world.json("profiles", "list") == []


def test_numbers_out_of_range_and_nuls_are_refused_by_name(small: World) -> None:
    world = small
    for request in (
        {"type": "run_started", "run_id": "x", "pid": 1 << 40},
        {"type": "run_started", "run_id": "x", "pid": -1},
        {"type": "runs_list", "limit": -1},
        {"type": "runs_list", "limit": 1 << 70},
        {"type": "profiles_complete", "run_id": "x", "exit_code": 1 << 80},
        {"type": "profiles_complete", "run_id": "x", "peak_memory_bytes": -5},
        {"type": "profiles_run", "alias": "work", "cwd": "/tmp\0x"},
        {"type": "profiles_run", "alias": "work", "args": ["a\0b"]},
        {"type": "profiles_prepare", "alias": "work", "environ": {"A\0": "b"}},
    ):
        assert ask(world, **request)["data"]["code"] == 1101, request
    assert ask(world, type="runs_list", limit=5, id="literal \\u0000")["type"] == "runs"
    assert world.run("runs", "list", "--limit", "-3", check=False).returncode == 2


def test_an_answer_without_the_daemon_says_so(small: World) -> None:
    world = small
    world.run("daemon", "stop")
    blocked = {
        "XDG_RUNTIME_DIR": str(world.runtime),
        "RINGLET_DAEMON_ENDPOINT": "tcp://127.0.0.1:9",
    }
    done = world.run("profiles", "list", "--json", environ=blocked)
    assert [profile["alias"] for profile in json.loads(done.stdout)] == ["work"]
    assert "without the daemon" in done.stderr


def test_words_after_the_alias_are_the_agents(world: World) -> None:
    add_agent(world, 'echo "$@"')
    create(world)
    shown = world.run("profiles", "run", "work", "--json", "--log-level", "loud").stdout
    assert shown == "--json --log-level loud\n"


def test_without_a_terminal_or_a_folder_the_next_step_is_said(small: World) -> None:
    world = small
    assert "--yes" in world.run("profiles", "delete", "work", "--purge", check=False).stderr
    gone = world.root / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && exec ringlet profiles run work'
    done = world.run(
        "profiles", "exec", "work", "--", "sh", "-c", script, "-", str(gone), check=False
    )
    assert "does not exist any more" in done.stderr
    assert "Change into another" in done.stderr


def test_names_in_the_settings_that_mean_nothing_are_problems(small: World) -> None:
    world = small
    world.run("daemon", "stop")
    text = '[isolation]\ndisabled_bridges = ["git", "dokcer"]\n[defaults]\nprovider = "antropic"\n'
    (world.config / "config.toml").write_text(text)
    world.run("daemon", "start")
    problems = "\n".join(world.json("daemon", "status")["problems"])
    assert "'dokcer'; did you mean 'docker'?" in problems
    assert "'antropic'; did you mean 'anthropic'?" in problems
    assert "'git'" not in problems
