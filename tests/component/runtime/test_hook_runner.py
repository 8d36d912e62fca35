"""The program that agents start for a hook."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.receiver import receiving

from ringlet.runtime import hook_runner

_RUNNER = str(Path(hook_runner.__file__))
_BASH = {"tool_name": "Bash", "tool_input": {"command": "ls"}, "session_id": "s"}


def run(
    event: str, kind: str, action: str, details: object, *, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    given = details if isinstance(details, str) else json.dumps(details)
    return subprocess.run(
        [sys.executable, "-I", "-S", _RUNNER, "work", event, kind, action],
        input=given,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=30,
        check=False,
    )


def account(details: object) -> dict[str, Any]:
    """What `$EVENT` holds."""
    found: dict[str, Any] = json.loads(
        run("PostToolUse", "command", 'printf "%s" "$EVENT"', details).stdout
    )
    return found


def test_a_command_finds_the_event_in_a_variable_and_the_agents_own_account_as_input() -> None:
    event = account(_BASH)
    assert event.pop("timestamp").endswith("+00:00")
    assert event == {
        "type": "PostToolUse",
        "tool": "Bash",
        "profile": "work",
        "command": "ls",
        "files": [],
        "details": _BASH,
    }
    assert json.loads(run("Stop", "command", "cat", _BASH).stdout) == _BASH


@pytest.mark.parametrize(
    ("given", "files"),
    [
        ({"file_path": "/p/a b.py"}, ["/p/a b.py"]),
        ({"filePath": "x.ts"}, ["x.ts"]),
        (
            {"command": "*** Begin Patch\n*** Update File: a.py\n*** Add File: b.py"},
            ["a.py", "b.py"],
        ),
        ({"command": ["not", "text"]}, []),
    ],
)
def test_the_files_of_a_tool_are_found_however_the_agent_names_them(
    given: dict[str, Any], files: list[str]
) -> None:
    assert account({"tool_name": "Edit", "tool_input": given})["files"] == files


@pytest.mark.parametrize("raw", ["", "not json", "[]", '{"tool_input": 3}'])
def test_an_account_that_makes_no_sense_is_an_event_all_the_same(raw: str) -> None:
    assert account(raw)["type"] == "PostToolUse"


def test_an_event_too_large_for_a_variable_is_shortened_and_still_is_the_input() -> None:
    details = {"tool_name": "Write", "tool_input": {"content": "x" * 300_000}}
    event = account(details)
    assert (event["truncated"], event["tool"], event["details"]) == (True, "Write", {})
    assert len(run("PostToolUse", "command", "cat", details).stdout) > 300_000


@pytest.mark.parametrize(
    ("event", "code", "seen"),
    [
        ("PreToolUse", 0, 0),
        ("PreToolUse", 1, 2),
        ("PreToolUse", 2, 2),
        ("PreToolUse", 3, 3),
        ("PostToolUse", 1, 1),
    ],
)
def test_only_before_a_tool_a_failure_is_a_refusal_with_a_reason(
    event: str, code: int, seen: int
) -> None:
    done = run(event, "command", f"echo why >&2; exit {code}", _BASH)
    assert done.returncode == seen
    assert done.stderr.startswith("why\n")
    assert ("refused" in done.stderr) == (seen == 2)


def test_nothing_of_an_event_is_run(tmp_path: Path) -> None:
    details = {"tool_name": "$(touch pwned)", "tool_input": {"command": "'; touch pwned; '"}}
    run("PreToolUse", "command", 'printf "%s" "$EVENT" >event.json', details, cwd=tmp_path)
    assert (tmp_path / "event.json").exists()
    assert not (tmp_path / "pwned").exists()


def test_a_url_gets_the_event_and_its_answer_is_passed_on() -> None:
    with receiving(b'{"decision": "block"}') as (url, seen):
        done = run("Stop", "url", url, _BASH)
    assert (done.returncode, done.stdout) == (0, '{"decision": "block"}')
    assert (seen[0]["type"], seen[0]["profile"], seen[0]["details"]) == ("Stop", "work", _BASH)


def test_a_url_that_cannot_be_reached_refuses_nothing() -> None:
    done = run("PreToolUse", "url", "http://127.0.0.1:9/", _BASH)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
