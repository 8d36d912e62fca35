"""What is used while a daemon goes and another one comes is counted, and once."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, Final

import pytest
from tests.e2e.site import Site
from tests.e2e.terminal import Terminal
from tests.e2e.test_real_agents import need_agent
from tests.e2e.test_runs import wait_for_end_of
from tests.e2e.test_usage import create
from tests.e2e.test_usage_at_once import reports
from tests.e2e.world import Model, World, free_port, wait_for

# A run that reports two answers, waits for a file, and reports both again and a third one.
_REPORTER: Final = """
import json, os, pathlib, time, urllib.request
url = os.environ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"]
header, _, token = os.environ["OTEL_EXPORTER_OTLP_LOGS_HEADERS"].partition("=")
value = lambda given: {"stringValue": str(given)}

def tell(*numbers):
    records = []
    for number in numbers:
        given = {"request_id": f"req_{number}", "model": "model-a", "input_tokens": 10 ** number}
        records.append({
            "timeUnixNano": str(time.time_ns()),
            "body": value("claude_code.api_request"),
            "attributes": [{"key": name, "value": value(each)} for name, each in given.items()],
        })
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    headers = {header: token, "Content-Type": "application/json"}
    return urllib.request.urlopen(urllib.request.Request(url, body, headers)).status

print(tell(0, 1), flush=True)
while not pathlib.Path("go").exists():
    time.sleep(0.05)
print(tell(0, 1, 2), flush=True)
"""


@pytest.fixture
def account(world: World, model: Model) -> World:
    """An account whose daemons all answer on one port, as where nobody else has one."""
    world.environ["RINGLET_HTTP_PORT"] = str(free_port())
    create(world, model, "claude", "work")
    return world


def _replace_daemon(world: World, how: signal.Signals | None) -> None:
    """The daemon is restarted, or is ended by a signal, after which a question starts another."""
    before = world.daemon_pid()
    if how is None:
        world.run("daemon", "restart")
    else:
        os.kill(before, how)
        wait_for_end_of(before)
    world.run("ui")  # starts one if there is none, and waits until HTTP is up


def _used(world: World) -> dict[tuple[str, str], tuple[int, int]]:
    """Answers and their input, by profile and run."""
    rows: list[dict[str, Any]] = world.json("usage", "--by", "profile,run", "--period", "all")[
        "rows"
    ]
    return {
        (row["group"]["profile"], row["group"]["run"]): (row["calls"], row["input_tokens"])
        for row in rows
    }


@pytest.mark.parametrize("how", [None, signal.SIGTERM, signal.SIGKILL])
def test_a_run_reports_to_the_next_daemon_with_the_token_of_the_last_one(
    account: World, how: signal.Signals | None
) -> None:
    run = account.start("profiles", "exec", "work", "--", sys.executable, "-c", _REPORTER)
    assert run.stdout is not None
    assert run.stdout.readline() == "200\n"
    _replace_daemon(account, how)
    (account.project / "go").touch()
    assert run.communicate(timeout=30)[0] == "200\n"
    (ended,) = account.json("runs", "list")
    assert _used(account) == {("work", ended["run_id"]): (3, 111)}
    assert account.json("usage", "verify")["sums_agree"] is True


@pytest.mark.parametrize("how", [None, signal.SIGKILL])
def test_an_agent_that_waits_for_the_model_while_the_daemon_is_replaced_is_counted_once(
    account: World, model: Model, how: signal.Signals | None
) -> None:
    """The title is reported to one daemon, the second answer to the next, which also reads it.

    Nobody would hear of a title in between: the agent does not try again.
    """
    need_agent("claude")
    terminal = Terminal(account, "profiles", "run", "work", "--trust", **account.environ)

    def served() -> list[dict[str, Any]]:
        terminal.look()
        return [each for each in model.requests() if each["usage"]]

    def all_is_counted(least: int) -> bool:
        answers = [each["usage"]["input"] for each in served()]
        counted = list(_used(account).values())
        assert sum(tokens for _, tokens in counted) <= sum(answers)
        return len(answers) >= least and counted == [(len(answers), sum(answers))]

    terminal.answer("shortcuts", "[[usage: input=1001 output=20]] [[say: one]] first", enter="")
    terminal.answer("first", "\r", enter="")
    wait_for(lambda: all_is_counted(2), "a title and an answer in the ledger", 60.0)
    before = len(served())
    terminal.type("[[usage: input=2003 output=20]] [[delay: 5]] [[say: two]] second")
    terminal.answer("second", "\r", enter="")
    wait_for(lambda: len(served()) > before, "the question", 60.0)
    _replace_daemon(account, how)
    wait_for(lambda: all_is_counted(before + 1), "the other answer in the ledger", 60.0)
    wait_for(lambda: reports(Site(account)), "a report to the next daemon", 60.0)
    counted = _used(account)
    terminal.leave("\x03")

    (ended,) = account.json("runs", "list")
    assert _used(account) == counted
    assert counted.keys() == {("work", ended["run_id"])}
    verified = account.json("usage", "verify")
    assert (verified["different"], verified["sums_agree"]) == (0, True)
