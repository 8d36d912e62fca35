"""Programs that carry runs out themselves, and daemons that a run has started: whose is what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, World, wait_for

_INSIDE = Path(__file__).with_name("inside.py")
_KEYS = {"two": "sk-canary-two-0123456789abcdefgh", "three": "sk-canary-three-0123456789abcdef"}
_FORBIDDEN = 1107
_LIST = [RINGLET, "config", "list"]  # what no limited run may
# A program with a connection of its own, that carries out runs of the profiles that it names.
_PROGRAM = f"""
import json, os, subprocess, sys
from ringlet.cli import start

link = start.ensure()

def ask(type, **fields):
    reply = json.loads(link.call(json.dumps({{"type": type, **fields}}).encode()))
    return reply["data"]

def prepare(alias):
    return ask("profiles_prepare", alias=alias, cwd=os.getcwd(), environ=dict(os.environ))

def begin(alias, *, tell=True):
    plan = prepare(alias)
    keys = ask("run_secrets", ticket=plan["ticket"])["env"]
    agent = subprocess.Popen([plan["binary"], *plan["args"]], env=plan["env"] | keys, text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if tell:
        ask("run_started", run_id=plan["run_id"], pid=agent.pid)
    return plan["run_id"], agent

def end(run_id, agent, jobs):
    told = agent.communicate(json.dumps(jobs))[0]
    ask("profiles_complete", run_id=run_id)
    return json.loads(told)

def status(words):
    return subprocess.run(words, capture_output=True).returncode

LIST = {_LIST!r}
"""


@pytest.fixture
def pair(world: World) -> World:
    """Two profiles, each with a key, of an agent that does what its standard input says."""
    add_agent(world, f'exec {sys.executable} {_INSIDE} "$@"')
    for alias, key in _KEYS.items():
        create(world, alias, key)
    return world


def program(world: World, code: str) -> Any:
    """What a program says that a user has written."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM + code],
        env=world.environ,
        cwd=world.project,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def test_a_program_that_carries_runs_out_stays_the_user_with_all_that_it_starts(
    pair: World,
) -> None:
    """Whether a run has begun, goes on, or its end was never told."""
    code = """
found = {}
plan = prepare("two")
found["planned"] = status(LIST)
run, agent = begin("three")
found["running"] = status(LIST)
agent.communicate("[]")
found["ended"] = status(LIST)
link.close()
found["left"] = status(LIST)
print(json.dumps(found))
"""
    assert program(pair, code) == {"planned": 0, "running": 0, "ended": 0, "left": 0}


@pytest.mark.parametrize("tell", [True, False])
def test_each_agent_of_one_program_gets_what_is_its_own_and_no_key_of_the_other(
    pair: World, tell: bool
) -> None:
    code = f"""
first, three = begin("three", tell={tell})
second, two = begin("two", tell={tell})
jobs = [["command", ["profiles", "inspect", "two"]], ["command", ["profiles", "inspect", "three"]]]
jobs += [["request", {{"type": "run_key", "run_id": run}}] for run in (second, first)]
answers = end(second, two, jobs)
end(first, three, [])
print(json.dumps(answers))
"""
    own, other, key, other_key = program(pair, code)
    assert own[0] == 0
    assert f"[{_FORBIDDEN}]" in other[1]
    assert key == [0, json.dumps({"key": _KEYS["two"]})]
    assert other_key[0] == _FORBIDDEN
    assert _KEYS["three"] not in other_key[1]


def test_a_run_within_another_gets_no_key_of_that_one(pair: World) -> None:
    pair.run("profiles", "set", "three", "agent-rights", "full")
    request = {"type": "run_key", "run_id": "OUTER"}
    inner = json.dumps([["request", request], ["request", {**request, "run_id": "OWN_RUN"}]])
    code = f"""
run, agent = begin("three")
open("jobs.json", "w").write({inner!r}.replace("OUTER", run))
answers = end(run, agent, [["command", ["profiles", "run", "two", "--", "file", "jobs.json"]]])
print(json.dumps([answers, json.load(open("jobs.json.out"))]))
"""
    (outer,), (of_outer, own) = program(pair, code)
    assert outer[0] == 0
    assert of_outer[0] == _FORBIDDEN
    assert own == [0, json.dumps({"key": _KEYS["two"]})]


def test_ending_a_run_leaves_alone_what_else_its_program_has_started(pair: World) -> None:
    code = f"""
quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
planned = prepare("two")["run_id"]
other = subprocess.Popen(["sleep", "60"], **quiet)
unstarted = status([{RINGLET!r}, "runs", "stop", planned])
run, agent = begin("three")
another = subprocess.Popen(["sleep", "60"], **quiet)
stopped = status([{RINGLET!r}, "runs", "stop", run])
ended = agent.wait(60)
left = [other.poll(), another.poll()]
other.kill(), another.kill()
print(json.dumps([unstarted, stopped, ended, left]))
"""
    assert program(pair, code) == [0, 0, -15, [None, None]]


def test_a_process_that_the_client_has_not_started_is_not_taken_for_an_agent(pair: World) -> None:
    code = """
run = prepare("two")["run_id"]
print(json.dumps([ask("run_started", run_id=run, pid=pid) for pid in (os.getpid(), os.getppid())]))
"""
    own, parents = program(pair, code)
    assert [own["code"], parents["code"]] == [1101, 1101]
    assert str(os.getpid()) in parents["message"]


def test_a_run_without_a_terminal_is_none_of_the_run_in_which_its_daemon_was_started(
    pair: World,
) -> None:
    """When that daemon ends, the run's processes are adopted by the client of the other run."""
    add_agent(pair, 'exec sh "$@"')
    folder = pair.project
    waiting = f"until [ -e {folder}/%s ]; do sleep 0.05; done\n"
    (folder / "two.sh").write_text(
        waiting % "gone" + f"{RINGLET} daemon start\ntouch began\n" + waiting % "enough"
    )
    (folder / "three.sh").write_text(
        waiting % "go" + f"{' '.join(_LIST)}; echo $? >status; mv status told\n" + waiting % "end"
    )
    pair.run("profiles", "set", "three", "agent-rights", "full")
    client = pair.start("profiles", "run", "two", "--", str(folder / "two.sh"))
    wait_for(lambda: any(r["pid"] for r in pair.json("runs", "list")), "the run")
    os.kill(pair.daemon_pid(), 9)
    (folder / "gone").touch()
    wait_for((folder / "began").exists, "a daemon that the agent has started")
    request = {"type": "profiles_run", "alias": "three", "args": [str(folder / "three.sh")]}
    code = f"print(json.dumps(ask(**{request | {'cwd': str(folder)}!r})))"
    pid = program(pair, code)["pid"]

    os.kill(pair.daemon_pid(), 9)
    pair.run("daemon", "start")
    (folder / "go").touch()
    wait_for((folder / "told").exists, "the answer")
    assert (folder / "told").read_text() == "0\n"

    (folder / "enough").touch()
    client.communicate(timeout=60)
    runs = {run["profile"]: run["outcome"] for run in pair.json("runs", "list")}
    assert runs == {"two": "exited", "three": "running"}
    os.kill(pid, 0)
    (folder / "end").touch()
