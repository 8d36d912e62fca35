"""Functions, closures, `this` and function values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import RhaiError

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("fn add(a, b) { a + b } add(1, 2)", 3),
        ("f() fn f() { 4; }", None),
        ("fn f() { 4; } f()", 4),
        ("fn f() { } f()", None),
        ("fn f() { return; } f()", None),
        ("fn f(n) { if n < 2 { return n; } f(n - 1) + f(n - 2) } f(10)", 55),
        ("fn f() { 0 } fn f(a) { 1 } fn f(a, b) { 2 } [f(), f(()), f(1, 2)]", [0, 1, 2]),
        ("private fn f(a,) { a } f(3,)", 3),
        ("fn f() { for i in 0..9 { if i == 3 { return i; } } } f()", 3),
        ("const N = 3; fn f() { global::N } f()", 3),
        ("fn even(n) { n == 0 || odd(n - 1) } fn odd(n) { n != 0 && even(n - 1) } even(10)", True),
        ('fn push(a) { "mine" } push(1)', "mine"),
    ],
)
def test_functions(run: Run, script: str, value: object) -> None:
    if script.startswith("f()"):
        with pytest.raises(RhaiError):
            run(script)
    else:
        assert run(script) == value


def test_functions_see_no_variables_from_outside(failure: Failure) -> None:
    error = failure("let x = 1;\nfn f() { x }\nf()")
    assert (error.name, error.line, error.column) == ("ErrorVariableNotFound", 2, 10)
    assert error.trail == [("f", (3, 1))]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("let n = 1; let f = |x| n + x; n = 10; f.call(1)", 11),
        ("let n = 1; let f = || n += 1; f.call(); f.call(); n", 3),
        ("let fs = []; for i in 0..3 { fs.push(|| i) } fs.map(|f| f.call())", [2, 2, 2]),
        ("let fs = []; for i in 0..3 { let j = i; fs.push(|| j) } fs.map(|f| f.call())", [0, 1, 2]),
        ("let a = 1; let f = |x| |y| x * 10 + y + a; f.call(2).call(3)", 24),
        ("fn make(n) { || n += 1 } let f = make(5); f.call(); 0", 0),
        ("fn f(x) { let g = |y| x + y; g.call(1) } f(2)", 3),
        ("let f = |a, b| a - b; f.curry(10).call(3)", 7),
        ("let f = |x| x; call(f, 4)", 4),
        ("let f = |x| { if x { return 1; } 2 }; [f.call(true), f.call(false)]", [1, 2]),
        ("(|| 5).call()", 5),
        ("let f = |x| x = 3; f.call(1)", None),
        ("let m = #{k: 2}; m.keys().map(|k| m[k])", [2]),
    ],
)
def test_closures_share_what_they_capture(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("fn grow(n) { this += n; } let x = 1; x.grow(2); x", 3),
        ("fn grow() { this.push(1); } let m = #{a: []}; m.a.grow(); m.a", [1]),
        ("fn reset() { this = 0; } let a = [5]; a[0].reset(); a", [0]),
        ("let m = #{n: 2, add: |x| this.n + x}; m.add(3)", 5),
        ("let m = #{n: 2, inc: || this.n += 1}; m.inc(); m.n", 3),
        ("let f = || this + 1; let x = 4; x.call(f)", 5),
        ("fn f() { this } 5.f()", 5),
        ('fn f(x) { this.n = x } let m = #{run: Fn("f")}; m.run(7); m.n', 7),
    ],
)
def test_this_is_the_object_of_the_call_itself(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("let f = |x| x; f(2)", "ErrorFunctionNotFound"),
        ("let f = |x| x; f.call()", "ErrorFunctionNotFound"),
        ('Fn("nope").call(1)', "ErrorFunctionNotFound"),
        ('Fn("1x")', "ErrorFunctionNotFound"),
        ("fn f() { this } f()", "ErrorUnboundThis"),
        ("fn f() { this = 1; } const A = 2; A.f()", "ErrorAssignmentToConstant"),
        ("const A = [1]; A.push(2)", "ErrorNonPureMethodCallOnConstant"),
        ("const A = [1]; A[0] = 2", "ErrorAssignmentToConstant"),
        ("const A = #{a: 1}; A.a = 2", "ErrorAssignmentToConstant"),
        ("const A = #{a: [1]}; A.a.push(2)", "ErrorNonPureMethodCallOnConstant"),
        ('const A = "x"; A.trim()', "ErrorNonPureMethodCallOnConstant"),
        ("fn f() { } f = 1", "ErrorVariableNotFound"),
        ("global::NOPE", "ErrorVariableNotFound"),
        ("nope::f()", "ErrorModuleNotFound"),
    ],
)
def test_errors_of_calls(failure: Failure, script: str, name: str) -> None:
    assert failure(script).name == name


def test_function_values_tell_their_name(run: Run) -> None:
    assert run('let f = Fn("abs"); [f.name, f.is_anonymous, f.call(-2)]') == ["abs", False, 2]
    assert run("(|| 1).is_anonymous") is True


def test_exit_ends_the_script_from_any_depth(run: Run) -> None:
    assert run("fn f() { try { exit(42) } catch { } 1 } f(); 2") == 42
    assert run("exit(); 2") is None
