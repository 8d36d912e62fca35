"""Budgets hold real agents to what they may use."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from tests.e2e.test_real_agents import arguments, need_agent
from tests.e2e.test_usage import create
from tests.e2e.world import RINGLET, Model, World, wait_for

_WORK = (
    "[[usage: input=5000 output=20]] [[bash: until [ -e go ]; do sleep 0.1; done]]"
    " [[say: I am done.]]"
)


@pytest.fixture
def claude(world: World, model: Model) -> Iterator[World]:
    """A world with Claude Code as profile `work`."""
    need_agent("claude")
    create(world, model, "claude", "work")
    yield world
    (world.project / "go").touch()


def _outcomes(world: World) -> list[str]:
    return [run["outcome"] for run in world.json("runs", "list")]


def _states(world: World) -> set[str]:
    """How the processes of the agents in this world are."""
    folder = str(world.project)
    found: set[str] = set()
    for process in psutil.process_iter():
        try:
            environ = process.environ()
            if environ.get("RINGLET_PROFILE") == "work" and environ.get("PWD") == folder:
                found.add(process.status())
        except psutil.Error:
            continue
    return found


def _events(stream: subprocess.Popen[str], count: int) -> list[dict[str, Any]]:
    assert stream.stdout is not None
    return [json.loads(stream.stdout.readline()) for _ in range(count)]


def test_a_run_is_paused_in_its_tracks_and_goes_on_when_it_is_resumed(claude: World) -> None:
    claude.run("budget", "set", "work", "--monthly", "--tokens", "4000", "--action", "pause")
    with claude.start("events", "--type", "BudgetWarning,BudgetReached", "--json") as events:
        run = claude.start("profiles", "run", "work", "--", *arguments("claude", _WORK))
        warning, reached = _events(events, 2)
        events.terminate()
    assert (warning["type"], reached["type"]) == ("BudgetWarning", "BudgetReached")
    wait_for(lambda: _outcomes(claude) == ["paused"], "the pause")
    # Who waits for the disk stops when it has answered.
    wait_for(lambda: _states(claude) == {psutil.STATUS_STOPPED}, "the stop of all processes")
    assert reached["data"]["runs"] == [claude.json("runs", "list")[0]["run_id"]]
    assert reached["data"]["spent_tokens"] >= 5020

    claude.run("daemon", "restart")
    (claude.project / "go").touch()
    claude.run("runs", "resume", "work")
    output, _ = run.communicate(timeout=60)
    assert "I am done." in output
    assert _outcomes(claude) == ["exited"]


def test_a_run_is_ended_and_no_other_one_starts_until_the_budget_is_gone(claude: World) -> None:
    claude.run("budget", "set", "provider:for-claude", "--monthly", "--tokens", "4000",
               "--action", "stop")  # fmt: skip
    run = claude.start("profiles", "run", "work", "--", *arguments("claude", _WORK))
    run.communicate(timeout=60)
    assert _outcomes(claude) == ["stopped"]

    claude.run("daemon", "restart")
    refused = claude.run("profiles", "run", "work", "--", "-p", "hello", check=False)
    assert refused.returncode == 1
    assert "[1113]" in refused.stderr
    assert "of 4,000 tokens used this month" in refused.stderr

    claude.run("budget", "rm", "provider:for-claude")
    again = claude.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    assert "hello" in again.stdout


def test_the_terminal_of_a_paused_run_says_why(claude: World) -> None:
    claude.run("budget", "set", "*", "--weekly", "--tokens", "4000", "--action", "pause")
    leader, follower = pty.openpty()
    run = subprocess.Popen(
        [RINGLET, "profiles", "run", "work", "--", *arguments("claude", _WORK)],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=claude.project,
        env=claude.environ,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
    )
    os.close(follower)
    seen = b""
    while b"runs resume" not in seen:
        assert select.select([leader], [], [], 60)[0], seen
        seen += os.read(leader, 4096)
    assert b"All profiles together: " in seen
    claude.run("runs", "stop", "work")
    run.wait(30)
    os.close(leader)


def test_a_budget_in_dollars_says_which_models_it_does_not_see(claude: World) -> None:
    claude.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    shown = claude.run("budget", "set", "work", "--monthly", "5").stdout
    assert "No price is known for model-a" in shown
    (listed,) = claude.json("budget", "list")
    assert (listed["level"], listed["unpriced_models"]) == ("fine", ["model-a"])


def test_budgets_follow_a_profile_to_its_new_name(claude: World) -> None:
    claude.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    claude.run("budget", "set", "work", "--monthly", "--tokens", "1000000")
    (before,) = claude.json("budget", "list")
    claude.run("profiles", "rename", "work", "office")
    (after,) = claude.json("budget", "list")
    assert after == {**before, "scope": "profile:office"}
    assert after["spent_tokens"] > 0
