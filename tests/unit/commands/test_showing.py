"""What people see: tables, names and values, JSON, errors."""

from __future__ import annotations

import ctypes
import json
import locale
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.components import need

from ringlet.commands.caller import Caller
from ringlet.commands.execute import execute
from ringlet.commands.json_text import as_json
from ringlet.commands.session import Session
from ringlet.commands.table import facts, table
from ringlet.commands.text import bold, duration, moment, shown, width
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.legible import clean, clean_lines
from ringlet.wire.relay import MAGIC, Invocation, finished, parse_invocation
from ringlet.wire.replies.runs import ExecutionContext


class _Listener(Caller):
    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        return {}

    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        return {}


def listen(*argv: str, **options: Any) -> _Listener:
    return _Listener(Invocation(argv=list(argv), cwd="/", **options))


def test_controls_are_shown_as_they_are_typed_and_what_reorders_is_left_out() -> None:
    nasty = "a\x1b[31mb\x07\x9b\u202ec\u200bd\r\ne\u2028"
    assert clean(nasty) == r"a\x1b[31mb\x07\x9bcd\r\ne\u2028"
    assert clean_lines("a\tb\r\n\x1b[2Jc\rd") == "a    b\n" + r"\x1b[2Jc\rd"


def test_columns_are_aligned_by_what_the_terminal_shows() -> None:
    lines = table(("A", "B"), [("日本", "x"), ("long cell", "y")], columns=80, bold=False)
    assert [line.rstrip() for line in lines] == [
        "A          B",
        "日本       x",
        "long cell  y",
    ]
    assert width("日本") == 4


def test_a_table_fits_the_terminal_by_cutting_its_widest_cells() -> None:
    lines = table(("Name", "Path"), [("x", "/a" * 40)], columns=30, bold=False)
    assert all(width(line) <= 30 for line in lines)
    assert lines[1].endswith("…")


_ANY = st.text(st.characters(), max_size=40)


@given(st.lists(st.tuples(_ANY, _ANY), min_size=1, max_size=5), st.integers(20, 80))
def test_a_table_is_aligned_and_fits_whatever_is_in_it(
    rows: list[tuple[str, str]], columns: int
) -> None:
    drawn = table(("A", "B"), rows, columns=columns, bold=False)
    assert len(drawn) == len(rows) + 1
    assert all(width(line) <= columns for line in drawn)
    second = width(drawn[0].partition("B")[0]) if "B" in drawn[0] else 0
    for line, (_, cell) in zip(drawn[1:], rows, strict=True):
        begin = clean(cell)[:1]
        if begin and not begin.isspace() and clean(cell).strip() == clean(cell):
            assert any(width(line[:at]) == second for at, c in enumerate(line) if c == begin), line


def test_columns_are_those_of_the_system() -> None:
    """By what the C library says a character takes; of two blocks terminals differ."""
    libc = ctypes.CDLL(None)
    old = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        need(False, "the locale C.UTF-8")
    try:
        theirs = {chr(n): libc.wcwidth(n) for n in (*range(0x20, 0xD800), *range(0xE000, 0x30000))}
    finally:
        locale.setlocale(locale.LC_CTYPE, old)
    known = {c: w for c, w in theirs.items() if unicodedata.category(c) not in ("Cn", "Co")}
    differ = [
        hex(ord(c)) for c, w in known.items() if w >= 0 and clean(c) == c and width(c) != w
        and not ("\u3248" <= c <= "\u324f" or "\u4dc0" <= c <= "\u4dff")
    ]  # fmt: skip
    assert differ == []


def test_whatever_controls_is_spelled_and_what_hides_or_reorders_is_taken_out() -> None:
    kinds = {chr(n): unicodedata.category(chr(n)) for n in range(0x110000)}
    controls = {c for c, kind in kinds.items() if kind in ("Cc", "Zl", "Zp")}
    assert all(clean(c).startswith("\\") and clean(c).isprintable() for c in controls)
    unsafe = [c for c, kind in kinds.items() if kind in ("Cf", "Cs")]
    assert set(clean("".join(unsafe))) == {"?"}  # for each half of a surrogate pair
    assert clean("日本 é\u0301 😀 \xa0") == "日本 é\u0301 😀 \xa0"


@given(_ANY.map(lambda text: f"{text}\nError: forged"))
def test_only_we_make_lines_for_people(data: str) -> None:
    caller = listen()
    session = Session(caller, json=False)
    session.succeed(data, [data])
    session.show(data, lambda: [data, *session.facts(("Name", data), (data, "x"))])
    session.show(data, lambda: session.table(("A", "B"), [(data, data)], empty=""))
    out, err = caller.take_output()
    assert len(out.splitlines()) == 6  # one, three, and a head with one row
    assert len(err.splitlines()) == 1
    error = RingletError(ErrorCode.INVALID_REQUEST, data, hint=[data, "and then"])
    assert len(error.message.splitlines()) == 1
    assert len(error.hint.splitlines()) == 2


@given(_ANY | st.sampled_from([bold("x"), "\x1b[1mx\x1b[0m"]))
def test_only_our_own_styles_reach_a_terminal(data: str) -> None:
    written = shown(f"{clean_lines(data)}{bold('ours')}{data}")
    assert "\x1b[1mours\x1b[0m" in written
    assert written.count("\x1b") in (2, 4)  # 4: what bold() itself has made
    assert "\x1b[1mx" not in shown("\x1b[1mx\x1b[0m")


@given(st.recursive(_ANY, lambda inner: st.lists(inner) | st.dictionaries(_ANY, inner)))
def test_json_means_the_same_whatever_is_in_it(data: Any) -> None:
    written = as_json(data).decode()
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written) == json.loads(json.dumps(data))


@given(_ANY)
def test_text_for_programs_is_exact_and_can_always_be_written(data: str) -> None:
    caller = listen()
    caller.hand_out(data)
    written = finished(0, *caller.take_output())
    if not any("\ud800" <= c <= "\udfff" for c in data):
        assert written.partition(b"\n")[2].decode() == f"{data}\n"


@pytest.mark.parametrize("word", ["x" * 100_000, "日" * 100_000, "a b " * 30_000])
async def test_overlong_names_are_shortened_in_the_middle_wherever_they_are_shown(
    word: str,
) -> None:
    caller = listen()
    caller.say(word)
    caller.note(word)
    caller.say(table(("A", "B"), [(word, word)], columns=10_000, bold=False))
    caller.say(facts([("Name", word)], columns=80))
    texts = [*caller.take_output(), str(RingletError(ErrorCode.INVALID_REQUEST, word, hint=word))]
    for argv in ([word], ["profiles", f"--{word}"]):
        for as_program in ([], ["--json"]):
            asked = listen(*argv, *as_program)
            assert await execute(asked) != 0
            texts += asked.take_output()
    assert all(len(text) < 20_000 for text in texts)
    assert all("…" in text or "\\u2026" in text for text in texts if text)


def test_values_that_are_empty_are_left_out() -> None:
    shown = facts([("Name", "x"), ("Gone", ""), ("Longer", "y")], columns=80)
    assert shown == ["Name:   x", "Longer: y"]


def test_long_values_are_folded_between_words_and_long_words_stay_whole() -> None:
    path = "/a" * 20
    shown = facts([("Why", f"one two three {path} four")], columns=25)
    assert shown == ["Why: one two three", f"     {path}", "     four"]
    assert facts([("Why", "one two three")], columns=3) == ["Why: one two three"]


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
