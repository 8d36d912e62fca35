"""Strings and characters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import RhaiError

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ('"a" + 1 + () + true + [1]', "a1true[1]"),
        ("1 + \"a\"", "1a"),
        ("'a' + 'b'", "ab"),
        ('"banana" - "an"', "ba"),
        ('let s = "a"; s += \'b\'; s += 1; s', "ab1"),
        ('"❤x".len', 2),
        ('"❤x".bytes', 4),
        ('"".is_empty()', True),
        ('"héllo"[1]', "é"),
        ('"hello"[-1]', "o"),
        ('"hello"[1..3]', "el"),
        ('"hello"[..2] + "hello"[3..]', "helo"),
        ('"hello"[1..=-2]', "ell"),
        ('"hello"[9..]', ""),
        ('"hello"[2..=2]', ""),
        ('["abc".contains("b"), "abc".contains(\'z\'), "b" in "abc"]', [True, False, True]),
        ('["abc".starts_with("ab"), "abc".ends_with(\'c\')]', [True, True]),
        ('["abcabc".index_of("c"), "abcabc".index_of(\'c\', 3), "abc".index_of("z")]', [2, 5, -1]),
        ('["Abc".to_upper(), "Abc".to_lower(), \'a\'.to_upper()]', ["ABC", "abc", "A"]),
        ('["hello".sub_string(1, 3), "hello".sub_string(-2)]', ["ell", "lo"]),
        ('"hello".sub_string(1..3)', "el"),
        ('"a,b,,c".split(",")', ["a", "b", "", "c"]),
        ('" a  b ".split()', ["a", "b"]),
        ('"a,b,c".split(\',\', 2)', ["a", "b,c"]),
        ('"a,b,c".split_rev(",")', ["c", "b", "a"]),
        ('"a,b,c".split_rev(",", 2)', ["c", "a,b"]),
        ('"hello".split(2)', ["he", "llo"]),
        ('"ab".split("")', ["", "a", "b", ""]),
        ('"ab".split("", 2)', ["", "ab"]),
        ('"abc".chars()', ["a", "b", "c"]),
        ('let a = []; for c in "abc".chars(1) { a.push(c) } a', ["b", "c"]),
        ('["abc".get(0), "abc".get(9)]', ["a", None]),
        ('"x".to_debug()', '"x"'),
    ],
)  # fmt: skip
def test_reading_strings(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("trim()", "ab c"),
        ('replace("b", "-")', " a- c "),
        ("remove('b')", " a c "),
        ('pad(9, "xyz")', " ab c xyz"),
        ("crop(1, 2)", "ab"),
        ("crop(1..3)", "ab"),
        ("crop(-2)", "c "),
        ("truncate(2)", " a"),
        ("make_upper()", " AB C "),
        ("append(1)", " ab c 1"),
        ("clear()", ""),
        ("set(1, 'X')", " Xb c "),
        ("set(99, 'X')", " ab c "),
    ],
)
def test_changing_a_string_in_place_returns_unit(run: Run, call: str, text: str) -> None:
    assert run(f'let s = " ab c "; let r = s.{call}; [s, r]') == [text, None]


def test_pop_takes_characters_from_the_end(run: Run) -> None:
    assert run('let s = "abc"; [s.pop(), s.pop(9), s, s.pop()]') == ["c", "ab", "", None]


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ('"abc"[3]', "ErrorStringBounds"),
        ('"abc"[-4]', "ErrorStringBounds"),
        ('"ab" * 2', "ErrorFunctionNotFound"),
        ('let s = "abc"; s[0] = "x"', "ErrorMismatchDataType"),
        ('"abc".join(",")', "ErrorFunctionNotFound"),
        ('"abc".size', "ErrorDotExpr"),
        ('let s = "abc"; s.len = 1', "ErrorDotExpr"),
    ],
)
def test_errors_of_strings(failure: Failure, script: str, name: str) -> None:
    assert failure(script).name == name


def test_function_errors_call_every_text_type_string(failure: Failure) -> None:
    assert (
        failure("nope(\"a\", 'b', [])").message == "Function not found: nope (string, char, array)"
    )
