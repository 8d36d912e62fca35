"""Branches, loops, `switch` and errors caught."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import RhaiError, RunError, compile

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("let n = 0; while n < 5 { n += 2 } n", 6),
        ("let n = 0; loop { n += 1; if n == 4 { break n * 2; } }", 8),
        ("let n = 0; do { n += 1 } while n < 3; n", 3),
        ("let n = 0; do { n += 1 } until n >= 3; n", 3),
        ("let s = 0; for i in 0..10 { if i % 2 == 0 { continue; } s += i; } s", 25),
        ("let s = \"\"; for (x, i) in ['a', 'b'] { s += `${i}${x}` } s", "0a1b"),
        ("for i in 0..9 { if i == 4 { break i } }", 4),
        ("while true { while true { break } break 7 }", 7),
        ("let x = (); for i in 0..5 { x ?? break i }", 0),
        ("let x = 1; { let x = 2; } x", 1),
        ("let x = 1; let x = x + 1; x", 2),
        ('let s = ""; for c in "ab" { s += c + "." } s', "a.b."),
        ("false && nope() || true", True),
        ("() ?? () ?? 3", 3),
        ("0 ?? 5", 0),
    ],
)
def test_loops_and_branches(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("1", "one"),
        ("1.0", "range"),
        ("3", "two or three"),
        ('"x"', "text"),
        ("'x'", "char"),
        ("true", "bool"),
        ("()", "unit"),
        ("[1, 2]", "array"),
        ("#{a: 1}", "map"),
        ("50", "large"),
        ("20", "guarded"),
        ("15", "small"),
        ("15.5", "small"),
        ("-5", "negative"),
        ("0..3", "range"),
    ],
)
def test_switch_compares_with_the_type(run: Run, subject: str, value: str) -> None:
    script = f"""
        let guard = {subject};
        switch {subject} {{
            1 => "one",
            2 | 3 => {{ "two or three" }}
            "x" => "text", 'x' => "char", true => "bool", () => "unit",
            [1, 2] => "array",
            #{{a: 1}} => "map",
            -5 => "negative",
            0..3 => "range",
            10..30 if guard == 20 => "guarded",
            10..30 => "small",
            30..=50 => "large",
            _ => "other",
        }}
    """
    assert run(script) == value


@pytest.mark.parametrize("condition", ["()", "1", '""', "[]"])
def test_nothing_but_a_boolean_is_a_condition(failure: Failure, condition: str) -> None:
    error = failure(f"let c = {condition};\nif c {{ 1 }}")
    assert (error.name, error.line) == ("ErrorMismatchDataType", 2)
    assert "(expecting bool)" in error.message


def test_a_loop_needs_something_to_walk_over(failure: Failure) -> None:
    assert failure("for x in #{} { }").name == "ErrorFor"
    assert failure("for x in 5 { }").name == "ErrorFor"


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("let r; try { throw 42 } catch (e) { r = e } r", 42),
        ("let r; try { throw #{code: 1} } catch (e) { r = e.code } r", 1),
        ("let r; try { [1][7] } catch (e) { r = e.error } r", "ErrorArrayBounds"),
        ("let r; try { [1][7] } catch (e) { r = [e.index, e.line, e.position] } r", [7, 1, 18]),
        ("let r; try { nope() } catch (e) { r = e.function } r", "nope ()"),
        ("let r; try { nope } catch (e) { r = e.variable } r", "nope"),
        ("let r; try { 1.x } catch (e) { r = e.property } r", "x"),
        ("fn f() { throw \"deep\" } let r; try { f() } catch (e) { r = e } r", "deep"),
        ("let r; try { try { 1.x } catch { throw; } } catch (e) { r = e.error } r", "ErrorDotExpr"),
        ("let e = 1; try { throw 2 } catch (e) { } e", 1),
        ("fn f() { try { return 1 } catch { } 2 } f()", 1),
        ("let n = 0; for i in 0..3 { try { continue } catch { } n += 1 } n", 0),
    ],
)  # fmt: skip
def test_errors_are_caught(run: Run, script: str, value: object) -> None:
    assert run(script) == value


def test_an_error_caught_outside_its_function_tells_of_the_call(run: Run) -> None:
    script = "fn f() { [1][5] }\nlet r;\ntry { f() } catch (e) { r = e } r"
    assert run(script) == {
        "error": "ErrorInFunctionCall",
        "function": "f",
        "line": 3,
        "message": "Array index 5 out of bounds: only 1 element in array (line 1, position 14)\n"
        "in call to function 'f'",
        "position": 7,
        "source": "",
    }


def test_thrown_values_carry_their_text_and_place(failure: Failure) -> None:
    error = failure("let x = 1;\n  throw `bad ${x}`")
    assert (error.name, error.message, error.line, error.column) == (
        "ErrorRuntime",
        "Runtime error: bad 1",
        2,
        3,
    )
    assert failure("throw").message == "Runtime error"


def test_errors_show_the_source_line_with_a_caret_and_the_calls() -> None:
    text = "fn inner(x) {\n\tx.size\n}\nfn outer() { inner(5) }\n\nouter();\n"
    with pytest.raises(RunError) as caught:
        compile(text, name="demo.rhai").run()
    error = caught.value
    assert error.script == "demo.rhai"
    assert error.excerpt == "\tx.size\n\t  ^"
    assert [name for name, _ in error.trail] == ["inner", "outer"]
    assert str(error).splitlines() == [
        "Unknown property 'size' - a getter is not registered for type 'i64' (line 2, position 4)",
        "in call to function 'inner' (line 4, position 14)",
        "in call to function 'outer' (line 6, position 1)",
    ]


def test_parse_errors_show_the_source_line_too(failure: Failure) -> None:
    error = failure("let a = 1;\nlet b = = 2;\n")
    assert error.excerpt == "let b = = 2;\n        ^"
    assert str(error).startswith("Syntax error: Unexpected '=' (line 2, position 9)")
