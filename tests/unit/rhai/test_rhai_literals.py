"""How numbers, text, names and comments are spelt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import ParseError, RhaiError, compile

Run = Callable[[str], object]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("1_000", 1000),
        ("0xff", 255),
        ("0o17", 15),
        ("0b1_1", 3),
        ("0xffffffffffffffff", -1),
        ("1.5e-3", 0.0015),
        ("1e3", 1000.0),
        ("3.;", 3.0),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", float(2**63)),
    ],
)
def test_numbers_are_read_in_every_base(run: Run, script: str, value: object) -> None:
    result = run(script)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize("script", [".5", "1.", "12abc", "0b102", "0x", "0x1_0000_0000_0000_0000"])
def test_malformed_numbers_are_refused(script: str) -> None:
    with pytest.raises(ParseError):
        compile(script)


@pytest.mark.parametrize(
    ("script", "value"),
    [
        (r'"tab\tquote\"slash\\ \x41\u00e9\U0001F600"', 'tab\tquote"slash\\ Aé😀'),
        ('"say ""hi"""', 'say "hi"'),
        ('"one \\\n two"', "one two"),
        ('   "one \\\n      two"', "one   two"),
        ('`a\\n"b"`', 'a\\n"b"'),
        ("`\nfirst\nsecond`", "first\nsecond"),
        ("`a``b`", "a`b"),
        ("`cost: $5`", "cost: $5"),
        ('#"raw \\n "text" "#', 'raw \\n "text" '),
        ('##"raw "# \\n"##', 'raw "# \\n'),
        ("'x'", "x"),
        (r"'\''", "'"),
    ],
)
def test_text_is_read_with_its_escapes(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("script", "line", "column"),
    [
        ('let a = "open', 1, 9),
        ('let a = 1;\nlet b = "line\nbreak"', 2, 9),
        ("`open", 1, 1),
        ("`open ${1 + `deep`", 1, 1),
        (r'"\'"', 1, 2),
        (r'"\q"', 1, 2),
        (r'"\ud800"', 1, 2),
        (r'"\x4"', 1, 2),
        ("''", 1, 1),
        ("'ab'", 1, 1),
    ],
)
def test_broken_text_is_reported_where_it_begins(script: str, line: int, column: int) -> None:
    with pytest.raises(ParseError) as caught:
        compile(script)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_templates_hold_statements_and_other_templates(run: Run) -> None:
    assert run("let a = [1, 2]; `<${let n = a.len; `${n * 2}/${#{k: n}.k}`}>`") == "<4/2>"


def test_double_quotes_do_not_interpolate(run: Run) -> None:
    assert run('"${API_KEY}"') == "${API_KEY}"


@pytest.mark.parametrize(
    "script",
    [
        "// one\n7",
        "/* a /* b */ c */ 7",
        "/// doc\n7",
        "7 /* never closed",
        "7 // end",
        "//! top\n7",
    ],
)
def test_comments_are_skipped_and_block_comments_nest(run: Run, script: str) -> None:
    assert run(script) == 7


@pytest.mark.parametrize("name", ["_x", "__a", "type", "env", "self", "files", "args", "x9"])
def test_names_may_start_with_underscores_before_a_letter(run: Run, name: str) -> None:
    assert run(f"let {name} = 5; {name}") == 5


@pytest.mark.parametrize("name", ["_", "__", "_1", "default", "new", "fn", "this", "print", "é"])
def test_reserved_and_malformed_names_are_refused(name: str) -> None:
    with pytest.raises(ParseError):
        compile(f"let {name} = 5;")


@pytest.mark.parametrize("script", ["#{default: 1}", "let m = #{}; m.new = 1", "#{if: 1}"])
def test_reserved_words_must_be_quoted_as_keys(script: str) -> None:
    with pytest.raises(ParseError):
        compile(script)
    assert compile('let m = #{"default": 1}; m["new"] = 2; m').run() == {"default": 1, "new": 2}


@pytest.mark.parametrize("symbol", ["#!", "->", "++", "--", "===", "~", "@", "$"])
def test_reserved_symbols_are_refused(failure: Callable[[str], RhaiError], symbol: str) -> None:
    assert isinstance(failure(f"1 {symbol} 2"), ParseError)
