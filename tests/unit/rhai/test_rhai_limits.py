"""What a script may use, and that nothing gets past it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ringlet.scripting.host import MODULES
from ringlet.scripting.rhai import Limits, ParseError, RhaiError, RunError, compile

_BIG_TEXT = 'let s = "x"; s.pad(1000000, "x");'
_BIG_ARRAY = "let a = []; a.pad(9999, 0);"


_SLOW_MACHINE = Limits(seconds=60.0)
_INDEXES = "a[0]," * 900
_LIKE = 'let s = "a"; s.pad(500000, "a"); let p = "a"; p.pad(100000, "a"); p += "b" + p;'


def _error(script: str, limits: Limits = _SLOW_MACHINE) -> RhaiError:
    with pytest.raises((RunError, ParseError)) as caught:
        compile(script).run({}, limits=limits, modules=MODULES)
    return caught.value


def _operations(script: str) -> int:
    """What a script counts, found by halving the limit that it just keeps."""
    program, least, most = compile(script), 0, Limits().operations
    while least < most:
        middle = (least + most) // 2
        try:
            program.run({}, limits=Limits(operations=middle, seconds=60.0))
        except RunError:
            least = middle + 1
        else:
            most = middle
    return least


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
        f"{_BIG_TEXT} let f = Fn(s); loop {{ try {{ f.call() }} catch {{}} }}",
        f"let a = [1]; loop {{ let b = [{_INDEXES}]; }}",
        f"let a = [1]; let f = || [{_INDEXES}]; loop {{ f.call() }}",
        f"let a = [1]; while [{_INDEXES}] != () {{ }}",
        "loop { switch 5 {" + ",".join(f"{i}..{i + 2} => 1" for i in range(10, 500)) + "} }",
        'let s = ""; s.pad(40000, "\\n"); loop { toml::encode(#{a: s}) }',
        'let s = ""; s.pad(200000, "y"); loop { json::encode(s) }',
        f"{_LIKE} loop {{ s.split_rev(p) }}",
        f"{_LIKE} loop {{ s - p }}",
    ],
)
def test_endless_work_is_stopped_by_its_operations_long_before_the_clock(script: str) -> None:
    limits, began = Limits(), time.thread_time()
    error = _error(script, limits)
    assert error.message == "Too many operations: more than 100000"
    assert time.thread_time() - began < limits.seconds


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
    assert compile(text).run(limits=_SLOW_MACHINE) == 28_890


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


def test_a_loop_of_nine_thousand_turns_ends_on_the_slowest_machine() -> None:
    """The clock is a net: twenty times what this takes here does not reach it."""
    script = "let n = 0; for i in 0..9000 { if i % 2 == 0 { n += i } else { n -= 1 } } n"
    program = compile(script)
    began = time.thread_time()
    assert program.run() == 20_241_000
    assert (time.thread_time() - began) * 20 < Limits().seconds


def test_what_a_script_counts_depends_on_the_script_alone() -> None:
    script = "let n = 0; for i in 0..100 { n += i } n"
    assert _operations(script) == _operations(script) == 204
    assert _operations(f"let a = [1]; let b = [{_INDEXES}];") > 900 // 4


def test_below_the_operations_the_clock_is_a_net() -> None:
    error = _error("for i in 0..20000 { }", Limits(seconds=0.0))
    assert error.name == "ErrorTooManyOperations"
    assert "processor time" in error.message
    assert _error("try { loop {} } catch {}", Limits(seconds=0.0)).name == error.name


@pytest.mark.parametrize(
    "script",
    ["x;" * 3000, "let a = [" + "1," * 3000 + "];", "`" + "${1}" * 2000 + "`", "//" * 70_000],
)
def test_a_script_is_only_so_long(script: str) -> None:
    assert _error(script).name == "ScriptTooLong"


_ENDLESS_MEMORY = [
    'loop { let t = s + "y"; held.push(|| t); }',
    "loop { let t = s.to_upper(); held.push(|| t); }",
    "loop { let t = `${s}`; held.push(|| [t, held]); }",
    "loop { let t = s.sub_string(1); held.push(|| t); }",
    "loop { let t = s.split(500000); held.push(|| t); }",
    "loop { let t = s; let u = t.pop(900000); held.push(|| u); }",
    'fn f(x) { let a = x + "1"; let b = x + "2"; f(x + "3") } f(s)',
    'fn f(x) { let g = (); let t = x + "y"; g = || [g, t]; 1 } loop { f(s) }',
]


@pytest.mark.parametrize("script", _ENDLESS_MEMORY)
def test_what_closures_and_calls_hold_is_bounded_too(script: str) -> None:
    """Run in a process of its own, ten times: nothing may stay behind, either."""
    text = f'let s = "x"; s.pad(1000000, "x"); s += "\U0001f600"; let held = []; {script}'
    code = (
        "import sys, resource\n"
        "from ringlet.scripting.rhai import Limits, RunError, compile\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before, program = peak(), compile(sys.argv[1])\n"
        "for _ in range(10):\n"
        "    try: program.run({}, limits=Limits(seconds=60.0))\n"
        "    except RunError as error: assert not error.catchable\n"
        "    else: raise SystemExit('it ended')\n"
        "print((peak() - before) >> 10)"
    )
    done = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 64  # MiB
