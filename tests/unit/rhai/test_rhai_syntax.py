"""Precedence, the ends of statements, and what the parser refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import ParseError, RhaiError, compile

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("1 + 2 * 3", 7),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", 4),
        ("1 << 2 + 1", 5),
        ("10 - 4 - 3", 3),
        ("let x = 5; -x.abs()", -5),
        ("-5.abs()", 5),
        ("true && false ?? true", False),
        ("let u = (); u ?? 1 + 2", 3),
        ("1 + 1 == 2 && 3 > 2", True),
        ("let x = true; x == 1 in [1, 2]", True),
        ("!false && true", True),
        ("3 !in [1, 2]", True),
        ("5 - -3", 8),
        ("6 & 3 == 3", None),
    ],
)
def test_operators_bind_by_precedence(run: Run, script: str, value: object) -> None:
    if value is None:
        with pytest.raises(RhaiError):
            run(script)
    else:
        assert run(script) == value


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("{ 1; 2; }", 2),
        ("let x = 4;", None),
        ("let x = 4; x = 5", None),
        ("1;;2;;", 2),
        ("if true { 1 } else { 2 } + 3", 3),
        ("let x = if true { 1 } else { 2 } + 3; x", 4),
        ("let x = { let y = 2; y * 2 }; x", 4),
        ("if false { 1 }", None),
        ("for i in 0..3 { i }", None),
        ("try { 1 } catch { 2 }", None),
        ("let x = switch 2 { 1 => 'a', _ => 'b' }; x", "b"),
        ("", None),
        ("return 4; 5", 4),
        ("[1, 2,]", [1, 2]),
        ("#{a: 1,}.a", 1),
    ],
)
def test_the_value_of_statements(run: Run, script: str, value: object) -> None:
    assert run(script) == value


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("let a = 1 let b = 2", "MissingToken"),
        ("let = 1", "VariableExpected"),
        ("let a = ", "UnexpectedEOF"),
        ("1 +", "UnexpectedEOF"),
        ("(1", "MissingToken"),
        ("[1 2]", "MissingToken"),
        ("#{a 1}", "MissingToken"),
        ("#{a: 1, a: 2}", "DuplicatedProperty"),
        ("a.1", "PropertyExpected"),
        ("break", "LoopBreak"),
        ("loop { let f = || { continue } }", "LoopBreak"),
        ("1 = 2", "AssignmentToConstant"),
        ("const A = 1; A = 2", "AssignmentToConstant"),
        ("f() = 2", "AssignmentToInvalidLHS"),
        ("(a + b) = 2", "AssignmentToInvalidLHS"),
        ("a.f().b = 2", "AssignmentToInvalidLHS"),
        ("[1][1.5]", "MalformedIndexExpr"),
        ("#{}[1]", "MalformedIndexExpr"),
        ("if 1 { }", "MismatchedType"),
        ('while "" { }', "MismatchedType"),
        ("true || ()", "MismatchedType"),
        ("fn f(a, a) { }", "FnDuplicatedParam"),
        ("fn f() { } fn f() { }", "FnDuplicatedDefinition"),
        ("fn f() { fn g() { } }", "WrongFnDefinition"),
        ("if true { fn g() { } }", "WrongFnDefinition"),
        ("fn () { }", "FnMissingName"),
        ("fn f()", "FnMissingBody"),
        ("this", "Reserved"),
        ("for (a, a) in [] { }", "DuplicatedVariable"),
        ("switch 1 { _ => 1, 2 => 3 }", "WrongSwitchDefaultCase"),
        ("switch 1 { _ if true => 1 }", "WrongSwitchCaseCondition"),
        ("switch 1 { 1 + 2 => 1 }", "ExprExpected"),
        ("let x = 3; switch 1 { x => 1 }", "ExprExpected"),
        ("switch 1 { 0..9 => 1, 3 => 2 }", "WrongSwitchIntegerCase"),
        ("( )", "BadInput"),
        ("do { } for", "MissingToken"),
    ],
)
def test_broken_scripts_name_what_is_wrong(failure: Failure, script: str, name: str) -> None:
    error = failure(script)
    assert isinstance(error, ParseError)
    assert error.name == name
    assert error.line == 1


@pytest.mark.parametrize(
    ("script", "feature"),
    [
        ('\nimport "other" as other;', "'import'"),
        ("\nexport x;", "'export'"),
        ('\neval("1")', "eval()"),
        ('\nis_def_fn("f", 1)', "is_def_fn()"),
        ("\nfn int.double() { this * 2 }", "A function for one type"),
        ("fn f() { }\nf!()", "A call in the caller's scope"),
        ("\ntimestamp()", "'timestamp()'"),
        ("\nblob(3)", "'blob()'"),
        ("let x = 6;\nx[1]", "A bit of an integer"),
    ],
)
def test_what_scripts_do_without_is_refused_by_name_and_line(
    failure: Failure, script: str, feature: str
) -> None:
    error = failure(script)
    assert feature in error.message
    assert "not available in configuration scripts" in error.message
    assert error.line == 2


def test_nesting_is_bounded_in_scripts_and_more_so_in_functions() -> None:
    nested = "(1 + " * 20 + "1" + ")" * 20
    assert compile(nested).run() == 21
    with pytest.raises(ParseError) as caught:
        compile(f"fn f() {{ {nested} }}")
    assert caught.value.name == "ExprTooDeep"


def test_a_script_too_long_to_read_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        compile(" " * 300_000)
    assert caught.value.name == "ScriptTooLong"


@pytest.mark.parametrize("text", ["#{default: 1}", "let m = #{}; m.default", "m.default = 1"])
def test_a_reserved_word_as_a_key_is_told_to_stand_in_quotes(text: str) -> None:
    with pytest.raises(ParseError, match='as a key write it in quotes, "default"'):
        compile(text)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ('\nimport "x" as y;', "'import'"),
        ("\nexport const A = 1;", "'export'"),
        ('\neval("1")', "eval()"),
        ("\nblob(3)", "'blob()'"),
        ("\ntimestamp()", "'timestamp()'"),
        ("\nsleep(1)", "'sleep()'"),
        ("\nlet x = 5; x[0]", "A bit of an integer"),
        ("\nlet x = 5; x.get_bit(0)", "'get_bit()'"),
        ('\nis_def_var("x")', "is_def_var()"),
        ("\nlet x = 1; is_shared(x)", "is_shared()"),
        ("\nlet x = 1; take(x)", "'take()'"),
        ("\nfn int.f() { this }", "A function for one type"),
        ("\nfn f() { 1 } f!()", "f!(…)"),
        ("\nlet x = 1; x.tag", "The tag of a value"),
        ('\nparse_decimal("1")', "'parse_decimal()'"),
    ],
)
def test_what_configurations_do_without_is_refused_by_name_and_line(
    text: str, feature: str
) -> None:
    with pytest.raises(RhaiError) as caught:
        compile(text).run()
    assert feature in caught.value.message
    assert caught.value.line == 2
