"""What a script may use, and that nothing gets past it."""

from __future__ import annotations

import time

import pytest

from ringlet.scripting.rhai import Limits, ParseError, RhaiError, RunError, compile

_BIG_TEXT = 'let s = "x"; s.pad(1000000, "x");'
_BIG_ARRAY = "let a = []; a.pad(9999, 0);"


def _error(script: str, limits: Limits | None = None) -> RhaiError:
    with pytest.raises((RunError, ParseError)) as caught:
        compile(script).run({}, limits=limits or Limits())
    return caught.value


@pytest.mark.parametrize(
    "script",
    [
        "loop {}",
        "while true {}",
        "do {} until false",
        "for i in 0..9223372036854775807 {}",
        "for i in range(1e300, 2e300, 1.0) {}",
        "loop { try { throw 1 } catch {} }",
        "loop { try { loop {} } catch {} }",
        f"{_BIG_TEXT} loop {{ s.trim() }}",
        f"{_BIG_TEXT} loop {{ s.to_debug() }}",
        f"{_BIG_TEXT} loop {{ s[1..] }}",
        f"{_BIG_TEXT} let t = s; loop {{ s == t }}",
        f"{_BIG_TEXT} loop {{ s[1] = 'c' }}",
        f"{_BIG_TEXT} loop {{ try {{ throw s }} catch {{}} }}",
        'let s = "é"; s.pad(300000, "é"); loop { s.bytes }',
        f"{_BIG_ARRAY} loop {{ let b = a; }}",
        f"{_BIG_ARRAY} loop {{ a == a }}",
        f"{_BIG_ARRAY} loop {{ `${{a}}` }}",
        f"{_BIG_ARRAY} loop {{ a.map(|x| x) }}",
        f"{_BIG_ARRAY} loop {{ a.sort(|x, y| x - y) }}",
        f"{_BIG_TEXT} let a = [s]; loop {{ `${{a}}` }}",
        f"{_BIG_TEXT} let m = #{{k: s}}; loop {{ m.to_json() }}",
        "let f = |x| x; loop { f = f.curry(1) }",
        'let f = Fn("a"); for i in 0..200 { f = f.curry(f) } #{a: f}.to_json()',
    ],
)
def test_endless_work_is_stopped_soon_and_cannot_be_caught(script: str) -> None:
    started = time.monotonic()
    assert _error(script).name == "ErrorTooManyOperations"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "script",
    [
        'let s = "x"; loop { s += s }',
        'let s = "x"; loop { s = `${s}${s}` }',
        'let s = ""; s.pad(1000000000000, "x")',
        'let s = "xx"; loop { s.replace("x", "xx") }',
        "let a = []; loop { a.push(1) }",
        "let a = [1]; loop { a.push(a) }",
        "let a = [1]; loop { a += a }",
        "let a = [1]; loop { a = a + a }",
        "let a = []; a.pad(1000000000000, 1)",
        "let a = []; a.pad(9000, [1, 2])",
        f"{_BIG_TEXT} [s, s, s]",
        f"{_BIG_TEXT} let a = []; loop {{ a.push(s) }}",
        f"{_BIG_TEXT} s.split('x')",
        f"{_BIG_TEXT} s.chars()",
        'let m = #{}; let i = 0; loop { m["k" + i] = i; i += 1 }',
        "let a = []; loop { a = [a] }",
        "let m = #{}; loop { m = #{m: m} }",
    ],
)
def test_data_is_bounded_before_it_is_made(script: str) -> None:
    error = _error(script)
    assert error.name == "ErrorDataTooLarge"
    assert isinstance(error, RunError)
    assert not error.catchable


def test_try_does_not_stop_a_limit() -> None:
    assert _error('try { let s = ""; s.pad(9999999, "x") } catch { }').name == "ErrorDataTooLarge"


def test_calls_go_sixty_three_levels_deep() -> None:
    count = "fn f(n) { if n == 1 { 1 } else { 1 + f(n - 1) } }"
    assert compile(f"{count} f(63)").run() == 63
    error = _error(f"{count} f(64)")
    assert error.name == "ErrorStackOverflow"
    assert error.line == 1


@pytest.mark.parametrize(
    "script",
    [
        "fn f(n) { f(n + 1) } f(0)",
        "fn f() { try { f() } catch { f() } } f()",
        "fn f(n) { [1].map(|x| f(x)) } f(0)",
        "fn f(n) { [1, 2].sort(|a, b| f(a)) } f(0)",
        "let f = (); f = |n| f.call(n); f.call(1)",
        "fn f(n) { if true { if true { if true { if true { return {{{{ f(n) }}}} + 1 }}}}} f(0)",
        "let m = #{a: || this.b(), b: || this.a()}; m.a()",
    ],
)
def test_endless_recursion_is_a_stack_overflow(script: str) -> None:
    assert _error(script).name == "ErrorStackOverflow"


@pytest.mark.parametrize(
    "script",
    [
        opener * 3000
        for opener in (
            "(",
            "[",
            "{",
            "!",
            "`${",
            "a[",
            "|x| ",
            "f(",
            "#{a:",
            "1 + ",
            "return ",
            "- ",
        )
    ],
)
def test_endless_nesting_is_too_deep(script: str) -> None:
    error = _error(script)
    assert isinstance(error, ParseError)
    assert error.name == "ExprTooDeep"


def test_limits_can_be_set_for_one_run() -> None:
    program = compile("let a = []; for i in 0..20 { a.push(i) } a.len")
    assert program.run() == 20
    with pytest.raises(RunError):
        program.run(limits=Limits(array=10))
    with pytest.raises(RunError):
        program.run(limits=Limits(operations=20))


def test_ordinary_scripts_stay_far_below_the_limits() -> None:
    text = 'let s = ""; for i in 0..3000 { s += "line " + i + "\\n"; } s.len'
    assert compile(text).run() == 28_890


def test_a_large_value_may_replace_one_as_large() -> None:
    text = 'let s = ""; s.pad(700000, "x"); let m = #{k: s}; m.k = s + "!"; m["k"] = s; m.k.len'
    assert compile(text).run() == 700_000
    assert compile(f"{_BIG_TEXT} let a = [s]; a[0] = s; a.set(0, s); a.len").run() == 1


def test_arrays_and_maps_may_be_exactly_as_large_as_allowed() -> None:
    limits = Limits(array=5, map=5)
    program = compile("let a = [1, 2, 3]; a.push(4); a.push([]); same(a)")
    result = program.run({}, limits=limits, functions={"same": lambda value: value})
    assert result == [1, 2, 3, 4, []]
    assert compile("#{a: 1, b: 2, c: 3, d: 4, e: 5}.len()").run(limits=limits) == 5
    with pytest.raises(RunError):
        compile("[1, 2, 3, 4, [5]]").run(limits=limits)
