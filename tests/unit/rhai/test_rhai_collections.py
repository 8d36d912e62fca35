"""Arrays and maps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import RhaiError

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]


@pytest.mark.parametrize(
    ("call", "result", "array"),
    [
        ("push(9)", None, [1, 2, 3, 9]),
        ("pop()", 3, [1, 2]),
        ("shift()", 1, [2, 3]),
        ("insert(1, 9)", None, [1, 9, 2, 3]),
        ("insert(-1, 9)", None, [1, 2, 9, 3]),
        ("insert(99, 9)", None, [1, 2, 3, 9]),
        ("remove(1)", 2, [1, 3]),
        ("remove(99)", None, [1, 2, 3]),
        ("append([4, 5])", None, [1, 2, 3, 4, 5]),
        ("truncate(2)", None, [1, 2]),
        ("chop(2)", None, [2, 3]),
        ("clear()", None, []),
        ("reverse()", None, [3, 2, 1]),
        ("pad(5, 0)", None, [1, 2, 3, 0, 0]),
        ("set(-1, 9)", None, [1, 2, 9]),
        ("set(99, 9)", None, [1, 2, 3]),
        ("get(-1)", 3, [1, 2, 3]),
        ("get(99)", None, [1, 2, 3]),
        ("extract(1)", [2, 3], [1, 2, 3]),
        ("extract(-2, 1)", [2], [1, 2, 3]),
        ("extract(1..=2)", [2, 3], [1, 2, 3]),
        ("splice(1, 1, [8, 9])", None, [1, 8, 9, 3]),
        ("splice(0..2, [])", None, [3]),
        ("split(1)", [2, 3], [1]),
        ("drain(1, 1)", [2], [1, 3]),
        ("drain(|x| x > 1)", [2, 3], [1]),
        ("retain(0..1)", [2, 3], [1]),
        ("retain(|x| x > 1)", [1], [2, 3]),
        ("contains(2.0)", True, [1, 2, 3]),
        ("index_of(3)", 2, [1, 2, 3]),
        ("index_of(|x| x > 1)", 1, [1, 2, 3]),
        ("index_of(1, 1)", -1, [1, 2, 3]),
        ("find(|x| x > 1)", 2, [1, 2, 3]),
        ("find(|x| x > 1, 2)", 3, [1, 2, 3]),
        ("find_map(|x| if x > 1 { x * 10 })", 20, [1, 2, 3]),
        ("map(|x, i| x * i)", [0, 2, 6], [1, 2, 3]),
        ("map(|| this + 1)", [2, 3, 4], [1, 2, 3]),
        ("filter(|x| x != 2)", [1, 3], [1, 2, 3]),
        ("reduce(|sum, x| sum + x, 10)", 16, [1, 2, 3]),
        ("reduce(|sum, x| (sum ?? 0) + x)", 6, [1, 2, 3]),
        ('reduce_rev(|s, x| s + x, "")', "321", [1, 2, 3]),
        ("some(|x| x == 2)", True, [1, 2, 3]),
        ("all(|x| x < 3)", False, [1, 2, 3]),
        ("for_each(|| this *= 2)", None, [2, 4, 6]),
        ("sort(|a, b| b - a)", None, [3, 2, 1]),
        ("sort(|a, b| a > b)", None, [3, 2, 1]),
        ("sort_desc()", None, [3, 2, 1]),
        ("order_desc()", [3, 2, 1], [1, 2, 3]),
        ("order_by(|a, b| b - a)", [3, 2, 1], [1, 2, 3]),
        ("zip([4, 5], |a, b| a * b)", [4, 10], [1, 2, 3]),
        ('map("to_float")', [1.0, 2.0, 3.0], [1, 2, 3]),
    ],
)
def test_functions_on_arrays(run: Run, call: str, result: object, array: list[object]) -> None:
    assert run(f"let a = [1, 2, 3]; let r = a.{call}; [r, a]") == [result, array]


def test_duplicates_in_a_row_are_removed(run: Run) -> None:
    assert run("let a = [1, 1, 2, 1]; a.dedup(); a") == [1, 2, 1]
    assert run("let a = [1, 3, 2, 4]; a.dedup(|a, b| a > b); a") == [1, 3, 4]


def test_names_of_functions_serve_as_callbacks(run: Run) -> None:
    assert run('fn twice(x) { x * 2 } [[1, 2].map("twice"), [1, 2].map(twice)]') == [[2, 4], [2, 4]]


def test_a_string_is_looked_for_when_no_function_has_its_name(run: Run) -> None:
    assert run('["a", "b"].index_of("b")') == 1


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("[1][1]", "ErrorArrayBounds"),
        ("[][0]", "ErrorArrayBounds"),
        ('let k = "a"; [1][k]', "ErrorMismatchDataType"),
        ("let k = 1; #{}[k]", "ErrorMismatchDataType"),
        ("let r = 0..1; [1][r]", "ErrorMismatchDataType"),
        ('let a = [1, "b"]; a.sort()', "ErrorRuntime"),
        ("[1].map(|a, b, c| 1)", "ErrorFunctionNotFound"),
        ("[1].filter(|a| 1)", "ErrorMismatchDataType"),
        ("let u = (); u[0]", "ErrorIndexingType"),
    ],
)
def test_errors_of_arrays(failure: Failure, script: str, name: str) -> None:
    assert failure(script).name == name


@pytest.mark.parametrize(
    ("call", "result", "entries"),
    [
        ("len()", 2, {"a": 1, "b": 2}),
        ("len", None, {"a": 1, "b": 2}),
        ("is_empty()", False, {"a": 1, "b": 2}),
        ('contains("a")', True, {"a": 1, "b": 2}),
        ('get("z")', None, {"a": 1, "b": 2}),
        ('set("c", 3)', None, {"a": 1, "b": 2, "c": 3}),
        ('remove("a")', 1, {"b": 2}),
        ("clear()", None, {}),
        ("keys()", ["a", "b"], {"a": 1, "b": 2}),
        ("values()", [1, 2], {"a": 1, "b": 2}),
        ("mixin(#{b: 9, c: 3})", None, {"a": 1, "b": 9, "c": 3}),
        ("fill_with(#{b: 9, c: 3})", None, {"a": 1, "b": 2, "c": 3}),
        ("filter(|k, v| v > 1)", {"b": 2}, {"a": 1, "b": 2}),
        ("filter(|k| this > 1)", {"b": 2}, {"a": 1, "b": 2}),
        ("drain(|k, v| v > 1)", {"b": 2}, {"a": 1}),
        ("retain(|k, v| v > 1)", {"a": 1}, {"b": 2}),
        ("to_json()", '{"a":1,"b":2}', {"a": 1, "b": 2}),
    ],
)
def test_functions_on_maps(run: Run, call: str, result: object, entries: object) -> None:
    assert run(f"let m = #{{b: 2, a: 1}}; let r = m.{call}; [r, m]") == [result, entries]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("#{a: 1} + #{b: 2}", {"a": 1, "b": 2}),
        ("let m = #{a: 1}; m += #{a: 2}; m", {"a": 2}),
        ('"a" in #{a: 1}', True),
        ("let a = [1]; a += 2; a += [3]; a", [1, 2, 3]),
        ("[1] + [2]", [1, 2]),
        ("2 in [1, 2]", True),
        ('parse_json("{\\"a\\": [1, 2.5, null, \\"x\\"]}")', {"a": [1, 2.5, None, "x"]}),
    ],
)
def test_operators_on_collections(run: Run, script: str, value: object) -> None:
    assert run(script) == value


def test_maps_are_always_in_the_order_of_their_keys(run: Run) -> None:
    result = run('let m = #{}; for k in ["b", "a", "B"] { m[k] = 1 } m')
    assert isinstance(result, dict)
    assert list(result) == ["B", "a", "b"]


def test_missing_keys_are_unit_but_nothing_can_be_inside_of_unit(
    run: Run, failure: Failure
) -> None:
    assert run('let m = #{}; [m.a, m["a"]]') == [None, None]
    assert failure("let m = #{}; m.a.b").name == "ErrorDotExpr"
    assert failure("let m = #{}; m.a.b = 1").name == "ErrorDotExpr"


@pytest.mark.parametrize(
    "script",
    ["x?.a.b.c", "x?[0].a", "x?.f(1).g", "#{a: ()}.a?.b.c", "x?[1] = 5", "x?.a = 5"],
)
def test_optional_links_end_the_whole_chain_at_unit(run: Run, script: str) -> None:
    assert run(f"let x = (); {script}") is None


def test_json_that_does_not_parse_is_an_error_of_the_script(failure: Failure) -> None:
    assert failure('parse_json("{")').message.startswith("Not valid JSON")
