"""The first contact: from an empty home to an agent at work."""

from __future__ import annotations

import json

from tests.e2e.terminal import Terminal
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for


def test_four_answers_lead_to_a_running_agent(world: World) -> None:
    add_agent(world, 'echo "at work with $FAKE_KEY"')
    terminal = Terminal(world, "init")
    terminal.answer("Which agent?", "fake")
    terminal.answer("Which provider", "loop")
    terminal.answer("Name of the profile [fake-default]", "")
    terminal.answer("Key", "sk-0123456789abcdefgh")
    terminal.answer("Start it now?", "")
    assert terminal.end() == 0
    assert "at work with sk-0123456789abcdefgh" in terminal.screen
    assert world.json("profiles", "inspect", "fake-default")["total_runs"] == 1


def test_an_answer_that_is_none_is_asked_again(world: World) -> None:
    add_agent(world, "true")
    terminal = Terminal(world, "init")
    terminal.answer("Which agent?", "no such")
    terminal.answer("is none of them", "fake")
    terminal.answer("Which provider", "99")
    terminal.answer("is none of them", "loop")
    terminal.answer("Name of the profile", "mine")
    terminal.answer("Key", "sk-0123456789abcdefgh")
    terminal.answer("Start it now?", "n")
    assert terminal.end() == 0
    assert [profile["alias"] for profile in world.json("profiles", "list")] == ["mine"]


def test_who_breaks_off_is_told_how_to_do_without_questions(world: World) -> None:
    terminal = Terminal(world, "init")
    terminal.answer("Which agent?", "\x03", enter="")
    assert terminal.end() == 130
    assert "no answer was given" in terminal.screen
    assert "-y" in terminal.screen.partition("Hint:")[2]
    assert world.json("profiles", "list") == []


def test_with_yes_nothing_is_asked(world: World) -> None:
    done = world.run("init", "-y")
    (profile,) = world.json("profiles", "list")
    assert profile["alias"] in done.stdout
    assert profile["provider_id"] in ("self", "demo")
    again = world.run("init", "--yes")
    assert "You have 1 profile" in again.stdout
    assert len(world.json("profiles", "list")) == 1


def test_without_a_terminal_it_says_how_to_go_on(world: World) -> None:
    done = world.run("init", check=False)
    assert done.returncode == 1
    assert "-y" in done.stderr
    assert done.stdout == ""
    assert world.json("profiles", "list") == []


def test_json_is_one_object_and_makes_a_profile_only_when_told(world: World) -> None:
    add_agent(world, "true")
    found = world.json("init")
    assert found["success"] is True
    assert found["daemon"] == "running"
    assert {"id": "fake", "name": "Fake", "version": "1.2.3"} in found["agents_installed"]
    assert found["profile"] is None
    assert world.json("profiles", "list") == []
    assert world.json("init", "-y")["profile"] is not None
    assert len(world.json("profiles", "list")) == 1


def test_without_a_profile_and_without_a_daemon_it_only_looks(world: World) -> None:
    assert "Providers:" in world.run("init", "--no-profile").stdout
    world.run("daemon", "stop")
    done = world.run("init", "--skip-daemon")
    assert "Daemon: not started" in done.stdout
    assert world.json("daemon", "status") == {"status": "stopped"}


def test_the_configuration_of_the_earlier_name_is_taken_over_by_copy(world: World) -> None:
    add_agent(world, "true")
    create(world, "old")
    world.run("daemon", "stop")
    world.config.rename(world.config.with_name("clown"))
    done = world.run("init", "-y")
    assert "Took over" in done.stderr
    assert [profile["alias"] for profile in world.json("profiles", "list")] == ["old"]
    copied = json.loads((world.config / "profiles" / "old.json").read_text())
    kept = json.loads((world.config.with_name("clown") / "profiles" / "old.json").read_text())
    assert copied["alias"] == kept["alias"] == "old"
    wait_for(lambda: world.json("agents", "inspect", "fake")["installed"], "the agent")
