"""Remarks on scripts that do not do what their author thinks."""

from __future__ import annotations

import pytest

from ringlet.scripting.rhai.linting import lint
from ringlet.scripting.rhai.syntax.parser import parse

_SCOPE = {
    "provider": {"id": "acme"},
    "prefs": {"hooks": {"auto_format": False, "custom": {}}, "custom": {}},
}


def remarks(text: str) -> list[tuple[int, int, str]]:
    parse(text)
    return [(*remark.position, remark.message) for remark in lint(text, _SCOPE)]


@pytest.mark.parametrize(
    "text",
    [
        "let t = s.trim();",
        "s = s.to_upper().replace('a', 'b');",
        "[a.push(1)]",
        "#{k: s.pad(3, ' ')}",
        "f(a.sort())",
        "if a.reverse() == b { }",
        "fn f(s) { return s.make_upper(); }",
        "for x in a.dedup() { }",
    ],
)
def test_a_value_taken_from_a_method_that_has_none_is_noticed(text: str) -> None:
    declared = 'let s = ""; let a = []; let b = a; fn g(x) { } ' + text.replace("f(a.", "g(a.")
    assert ["has the value ()" in message for *_, message in remarks(declared)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        'let s = " x "; s.trim(); let t = s;',
        "let h = #{a: []}; if true { h.a.push(1) }",
        "let n = [3].pop();",
        'fn trim() { this + "!" } let t = "x".trim();',
        "let t = prefs.custom.team; let h = prefs.hooks.custom.Stop;",
        "let e = provider[key];",
        'let a = "${API_KEY}"; let b = `${provider.id}`;',
        "let provider = #{}; provider.whatever",
        "prefs.hooks.auto_format.whatever()",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert remarks(text) == []


def test_a_path_that_leads_nowhere_is_noticed_where_it_leaves() -> None:
    (remark,) = remarks("let a = 1;\nif prefs.hooks.auto_fromat.x { }")
    assert remark == (2, 16, "prefs.hooks.auto_fromat is not given to scripts: it always is ()")


def test_interpolation_outside_of_backticks_is_noticed() -> None:
    ((line, column, message),) = remarks('let a = "id ${provider.id}";')
    assert (line, column) == (1, 9)
    assert "backticks" in message


def test_a_variable_that_is_called_is_noticed() -> None:
    ((_, _, message),) = remarks("provider(1)")
    assert message == "provider is a variable, not a function"


def test_a_closure_that_is_called_like_a_function_is_noticed() -> None:
    ((line, column, message),) = remarks("let f = |x| x;\nlet y = f.call(1);\nf(2)")
    assert (line, column) == (3, 1)
    assert message == "f is a closure in a variable: f.call(…)"
    assert remarks("fn f(x) { x } let g = |x| f(x); g.call(1)") == []


def test_remarks_come_in_the_order_of_the_text_from_functions_too() -> None:
    text = "fn f(s) {\n let t = s.trim();\n t\n}\nlet x = provider.nope;\n"
    assert [line for line, *_ in remarks(text)] == [2, 5]


def test_a_script_that_does_not_parse_gets_no_remarks() -> None:
    assert lint("let = ;", _SCOPE) == []
