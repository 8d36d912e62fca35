"""What people see: tables, names and values, JSON, errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ringlet.commands.caller import Caller
from ringlet.commands.execute import execute
from ringlet.commands.session import Session
from ringlet.commands.table import facts, table
from ringlet.commands.text import clean, clean_lines, duration, moment, width
from ringlet.wire.relay import MAGIC, Invocation, finished, parse_invocation
from ringlet.wire.replies.runs import ExecutionContext


class _Listener(Caller):
    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        return {}

    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        return {}


def listen(*argv: str, **options: Any) -> _Listener:
    return _Listener(Invocation(argv=list(argv), cwd="/", **options))


def test_control_and_reordering_characters_never_come_through() -> None:
    nasty = "a\x1b[31mb\x07\x9b\u202ec\u200bd\r\ne"
    assert clean(nasty) == "a[31mbcde"
    assert clean_lines("a\tb\n\x1b[2Jc") == "a    b\n[2Jc"


def test_columns_are_aligned_by_what_the_terminal_shows() -> None:
    lines = table(("A", "B"), [("日本", "x"), ("long cell", "y")], columns=80, bold=False)
    assert [line.rstrip() for line in lines.split("\n")] == [
        "A          B",
        "日本       x",
        "long cell  y",
    ]
    assert width("日本") == 4


def test_a_table_fits_the_terminal_by_cutting_its_widest_cells() -> None:
    lines = table(("Name", "Path"), [("x", "/a" * 40)], columns=30, bold=False).split("\n")
    assert all(width(line) <= 30 for line in lines)
    assert lines[1].endswith("…")


def test_values_that_are_empty_are_left_out() -> None:
    shown = facts([("Name", "x"), ("Gone", ""), ("Longer", "y")], columns=80)
    assert shown == "Name:   x\nLonger: y"


def test_long_values_are_folded_between_words_and_long_words_stay_whole() -> None:
    path = "/a" * 20
    shown = facts([("Why", f"one two three {path} four")], columns=25)
    assert shown.split("\n") == ["Why: one two three", f"     {path}", "     four"]
    assert facts([("Why", "one two three")], columns=3) == "Why: one two three"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.84, "0.8s"), (12, "12s"), (200, "3m 20s"), (3900, "1h 5m")]
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_times_for_people() -> None:
    assert moment(None) == "never"
    assert moment(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == "2026-01-02 03:04"


def test_json_for_programs_is_ascii_and_means_the_same() -> None:
    caller = listen()
    Session(caller, json=True).show({"x": "\x1b\u202e日😀"}, lambda: "")
    out, _ = caller.take_output()
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out) == {"x": "\x1b\u202e日😀"}


async def test_a_usage_error_says_where_help_is_and_ends_with_two() -> None:
    caller = listen("profiles", "create")
    assert await execute(caller) == 2
    _, err = caller.take_output()
    assert "Missing argument" in err
    assert "ringlet profiles create --help" in err


async def test_json_can_be_asked_for_anywhere_before_the_dashes() -> None:
    for argv in (["--json", "nope"], ["nope", "--json"]):
        caller = listen(*argv)
        assert await execute(caller) == 2
        out, err = caller.take_output()
        assert json.loads(out)["code"] == 1101
        assert err == ""
    caller = listen("nope", "--", "--json")
    await execute(caller)
    assert caller.take_output()[0] == ""


async def test_help_is_said_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    caller = listen("profiles", "--help")
    assert await execute(caller) == 0
    assert "create" in caller.take_output()[0]
    assert capsys.readouterr().out == ""


def test_colours_only_for_terminals_that_want_them() -> None:
    terminal = (True, True, True)
    assert listen(terminals=terminal).invocation.colour
    assert not listen(terminals=terminal, environ={"NO_COLOR": "1"}).invocation.colour
    assert not listen(terminals=terminal, environ={"TERM": "dumb"}).invocation.colour
    assert not listen().invocation.colour


def test_a_forwarded_command_line_survives_bytes_that_are_no_text() -> None:
    body = MAGIC + b"\0/tmp/\xff\x0080\0t--\x002\0A=1\0B=x=y\0arg \xfe\0\0last"
    invocation = parse_invocation(body)
    assert invocation.argv == ["arg \udcfe", "", "last"]
    assert invocation.cwd == "/tmp/\udcff"
    assert invocation.environ == {"A": "1", "B": "x=y"}
    assert invocation.terminals == (True, False, False)
    assert finished(3, "ü\udcff", "e") == b"3 3\n\xc3\xbc\xffe"


@pytest.mark.parametrize("body", [b"", b"\0x", MAGIC + b"\0/\0wide\0---\x000\0"])
def test_what_is_no_command_line_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        parse_invocation(body)
