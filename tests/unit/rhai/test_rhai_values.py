"""Copies, equality, order and display of values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import RhaiError

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("let a = [1]; let b = a; b.push(2); a", [1]),
        ("let m = #{k: [1]}; let b = m.k; b.push(2); m.k", [1]),
        ("let a = [1]; let m = #{k: a}; m.k.push(2); a", [1]),
        ("let a = [1]; a.push(a); a", [1, [1]]),
        ("let a = [[1]]; let b = a + []; b[0].push(2); a", [[1]]),
        ("let a = [[1]]; a.get(0).push(2); a", [[1]]),
        ("let a = [[1]]; let b = a.filter(|x| true); b[0].push(2); a", [[1]]),
        ("let m = #{k: [1]}; m.values()[0].push(2); m.k", [1]),
        ("fn f(x) { x.push(1); } let a = []; f(a); a", []),
        ("fn f() { this } let a = [1]; a.f().push(2); a", [1]),
        ("let a = [[1]]; for x in a { x.push(2) } a", [[1]]),
        ("let a = [1]; let b = if true { a } else { [] }; b.push(2); a", [1]),
        ("let a = [1]; let b = a ?? []; b.push(2); a", [1]),
        ('let s = "a"; let t = s; t += "b"; s', "a"),
        ("let a = [1, 2]; for x in a { a.push(x) } a.len", 4),
        ("let a = []; a.pad(2, [0]); a[0].push(1); a", [[0, 1], [0]]),
        ("let a = [1]; a += a; a", [1, 1]),
        ("let f = || 0; let a = [1]; f = f.curry(a); a", [1]),
    ],
)
def test_arrays_maps_and_strings_are_copied_when_stored(
    run: Run, script: str, value: object
) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("let m = #{a: #{b: []}}; m.a.b.push(1); m", {"a": {"b": [1]}}),
        ('let m = #{}; m.k = #{}; m.k["x"] = 1; m', {"k": {"x": 1}}),
        ("let a = [#{s: \"hello\"}]; a[0].s[0] = 'J'; a", [{"s": "Jello"}]),
        ('let a = [" x "]; a[0].trim(); a', ["x"]),
        ('let m = #{t: "a"}; m.t += 1; m.t', "a1"),
        ("let a = [1, [2, 3]]; a[-1][0] *= 10; a", [1, [20, 3]]),
        ('let s = "hello"; s[1..3] = "XX"; s', "hXXlo"),
        ("let a = [3, 1]; sort(a); a", [1, 3]),
        ('let s = "ab"; make_upper(s); s', "AB"),
        ("let m = #{}; (m.a) = 1; m.a", 1),
    ],
)
def test_chains_on_a_variable_change_it_in_place(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("1 == 1.0", True),
        ("'a' == \"a\"", True),
        ("[1, #{a: 2}] == [1.0, #{a: 2}]", True),
        ('1 == "1"', False),
        ("() == false", False),
        ("true == 1", False),
        ("0.1 + 0.2 == 0.3", True),
        ("0 < 1e-16", False),
        ("1e-19 < 1e-18", True),
        ('1 < "2"', False),
        ("() < ()", False),
        ("\"b\" > 'a'", True),
        ("false < true", True),
        ("1..3 == 1..3", True),
        ("1..3 == 1..=3", False),
    ],
)
def test_comparisons(run: Run, script: str, value: object) -> None:
    assert run(script) is value


@pytest.mark.parametrize("script", ["[1] < [2]", "#{} > #{}", "let f = || 1; f == f", "!1", '-"a"'])
def test_values_without_an_order_or_opposite_are_an_error(failure: Failure, script: str) -> None:
    assert failure(script).name == "ErrorFunctionNotFound"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1.0", "1.0"),
        ("1e13", "10000000000000.0"),
        ("1e16", "1e16"),
        ("1.25e20", "1.25e20"),
        ("0.00001", "0.00001"),
        ("-1.5e-7", "-0.00000015"),
        ("5.960464477539063e-08", "0.00000005960464477539063"),
        ("1.5e-15", "1.5e-15"),
        ("-0.0", "0.0"),
        ("1.0 / 0", "inf"),
        ("0.0 / 0", "NaN"),
        ("()", ""),
        ("true", "true"),
        ('[(), "a\\"b\\n", \'c\', 1.0]', '[(), "a\\"b\\n", c, 1.0]'),
        ('#{b: 1, "a b": ["x"]}', '#{"a b": ["x"], "b": 1}'),
        ("1..=3", "1..=3"),
        ('Fn("f")', "Fn(f)"),
    ],
)
def test_display(prints: Callable[[str], list[str]], expression: str, text: str) -> None:
    assert prints(f"print({expression})") == [text]
    assert prints(f'print("" + ({expression}))') == [text]


def test_characters_inside_arrays_are_quoted_in_templates_only(run: Run) -> None:
    assert run("let a = ['x']; [a.to_string(), `${a}`]") == ["[x]", "['x']"]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("()", "()"),
        ("true", "bool"),
        ("1", "i64"),
        ("1.0", "f64"),
        ("'c'", "char"),
        ('"s"', "string"),
        ("[]", "array"),
        ("#{}", "map"),
        ("1..2", "range"),
        ("1..=2", "range="),
        ("|| 1", "Fn"),
    ],
)
def test_type_names(run: Run, expression: str, name: str) -> None:
    assert run(f"type_of({expression})") == name
