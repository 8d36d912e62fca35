"""Which words of a command line are ours, and which the agent's."""

from __future__ import annotations

import os

import pytest

from ringlet.cli.relay import _level
from ringlet.commands.execute import _take_globals
from ringlet.wire.relay import seen_from


@pytest.mark.parametrize(
    ("line", "rest", "as_json", "level"),
    [
        ("--json profiles run work x", "profiles run work x", True, None),
        ("profiles run --json work x", "profiles run work x", True, None),
        ("profiles run work --json x", "profiles run work --json x", False, None),
        ("profiles run work --log-level debug", "profiles run work --log-level debug", False, None),
        ("--log-level debug profiles run work", "profiles run work", False, "debug"),
        ("--log-level run profiles list --json", "profiles list", True, "run"),
        ("profiles exec work jq --json", "profiles exec work jq --json", False, None),
        ("profiles run --cols 80 work --json", "profiles run --cols 80 work --json", False, None),
        ("profiles list --json -- --json", "profiles list -- --json", True, None),
        ("runs list --log-level=info", "runs list", False, "info"),
    ],
)
def test_options_after_the_alias_are_the_agents(
    line: str, rest: str, as_json: bool, level: str | None
) -> None:
    assert _take_globals(line.split()) == (rest.split(), as_json, level)


def test_a_daemon_is_not_started_with_the_agents_log_level() -> None:
    assert _level("profiles run work --log-level nonsense".split()) == []
    assert _level("--log-level debug profiles run work".split()) == ["--log-level=debug"]


def test_relative_entries_of_the_path_begin_where_the_caller_is() -> None:
    environ = {"PATH": os.pathsep.join(["/usr/bin", "bin", ""]), "X": "1"}
    assert seen_from("/opt/box", environ) == {"PATH": "/usr/bin:/opt/box/bin:/opt/box/", "X": "1"}
    assert seen_from("", environ)["PATH"] == "/usr/bin"
    assert seen_from("/opt/box", {"X": "1"}) == {"X": "1"}
