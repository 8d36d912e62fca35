"""Runs without a terminal, which the daemon starts itself and which do not depend on it."""

from __future__ import annotations

import os
import signal
import sys

import psutil
import pytest
from tests.e2e.test_profiles import ask
from tests.e2e.test_runs import add_agent, create, last_run, wait_for_end_of
from tests.e2e.world import World, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="runs are known by Linux means")


def _start(world: World) -> int:
    reply = ask(world, type="profiles_run", alias="work", cwd=str(world.project))
    return int(reply["data"]["pid"])


def _outcomes(world: World) -> list[str]:
    return [run["outcome"] for run in world.json("runs", "list")]


def test_its_record_says_what_it_used_and_nothing_stays_behind(world: World) -> None:
    busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
    add_agent(world, f"setsid sleep 300 & echo $! > left; {busy}; exit 4")
    create(world)
    _start(world)
    run = last_run(world)
    assert (run["outcome"], run["exit_code"]) == ("exited", 4)
    assert run["cpu_seconds"] > 0
    assert run["peak_memory_bytes"] > 100_000
    wait_for_end_of(int((world.project / "left").read_text()))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_goes_on_without_the_daemon_and_the_next_one_records_it(
    world: World, how: signal.Signals
) -> None:
    add_agent(world, "setsid sleep 300 & echo $! > left; until [ -e go ]; do sleep 0.05; done")
    create(world)
    agent = _start(world)
    wait_for((world.project / "left").exists, "the agent's start")
    daemon = world.daemon_pid()
    os.kill(daemon, how)
    wait_for_end_of(daemon)
    assert _outcomes(world) == ["running"]
    (world.project / "go").touch()
    assert last_run(world)["outcome"] == "lost"
    wait_for_end_of(agent)
    wait_for_end_of(int((world.project / "left").read_text()))


def test_the_next_daemon_can_end_it(world: World) -> None:
    add_agent(world, "trap '' TERM; while :; do sleep 0.05; done")
    create(world)
    agent = _start(world)
    world.run("daemon", "restart")
    assert psutil.pid_exists(agent)
    world.run("runs", "stop", "work")
    wait_for_end_of(agent)
    wait_for(lambda: _outcomes(world) == ["stopped"], "the record")


def test_to_end_one_leaves_those_started_later_alone(world: World) -> None:
    add_agent(world, "until [ -e go ]; do sleep 0.05; done")
    create(world)
    first, second = _start(world), _start(world)
    older = world.json("runs", "list")[-1]
    assert older["pid"] == first
    world.run("runs", "stop", older["run_id"])
    wait_for_end_of(first)
    assert psutil.Process(second).status() != psutil.STATUS_ZOMBIE
    assert _outcomes(world) == ["running", "stopped"]
    (world.project / "go").touch()
    wait_for(lambda: _outcomes(world) == ["exited", "stopped"], "the record")
