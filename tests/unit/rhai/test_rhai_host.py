"""What goes from the host into a script and comes back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ringlet.scripting.rhai import HostError, RunError, compile


def test_variables_of_the_host_are_copied_in() -> None:
    scope = {"cfg": {"list": [1], "deep": {"x": None}}}
    result = compile("cfg.list.push(2); cfg.deep.x = 3; cfg").run(scope)
    assert result == {"deep": {"x": 3}, "list": [1, 2]}
    assert scope == {"cfg": {"list": [1], "deep": {"x": None}}}


def test_a_program_runs_again_from_a_clean_start() -> None:
    program = compile("x += 1; let a = []; a.push(x); a")
    assert [program.run({"x": 1}), program.run({"x": 1})] == [[2], [2]]


def test_closures_see_host_variables_and_functions_do_not() -> None:
    assert compile("let f = || x; x = 5; f.call()").run({"x": 1}) == 5
    with pytest.raises(RunError, match="Variable not found: x"):
        compile("fn f() { x } f()").run({"x": 1})


def test_results_are_plain_python_values() -> None:
    result = compile("#{c: 'c', n: 1, f: 1.5, b: true, u: (), s: \"s\", a: ['d']}").run()
    assert isinstance(result, dict)
    assert result == {"a": ["d"], "b": True, "c": "c", "f": 1.5, "n": 1, "s": "s", "u": None}
    assert type(result["c"]) is str


@pytest.mark.parametrize("value", [{1, 2}, object(), 2**63, b"bytes"])
def test_values_that_scripts_cannot_hold_are_refused(value: object) -> None:
    with pytest.raises(RunError, match="cannot hold"):
        compile("x").run({"x": value})


def test_functions_of_the_host_are_called_bare_as_methods_and_in_modules() -> None:
    def shout(text: str) -> str:
        return text.upper() + "!"

    program = compile('[shout("a"), "b".shout(), voice::shout("c"), ["d"].map("shout")]')
    result = program.run({}, functions={"shout": shout}, modules={"voice": {"shout": shout}})
    assert result == ["A!", "B!", "C!", ["D!"]]


def test_host_functions_cannot_change_the_data_of_the_script() -> None:
    def clear(items: list[object]) -> None:
        items.clear()

    assert compile("let a = [1]; clear_it(a); a").run(functions={"clear_it": clear}) == [1]


def test_functions_of_the_script_come_before_those_of_the_host() -> None:
    assert compile("fn f() { 1 } f()").run(functions={"f": lambda: 2}) == 1


def test_an_error_of_a_host_function_has_the_place_of_the_call() -> None:
    def refuse(value: object) -> object:
        raise HostError(f"cannot take {value}")

    program = compile("let x = 1;\nlet y = host::refuse(x);")
    with pytest.raises(RunError) as caught:
        program.run(modules={"host": {"refuse": refuse}})
    assert (caught.value.message, caught.value.line, caught.value.column) == ("cannot take 1", 2, 9)
    caught_text = "let r; try { refuse(1) } catch (e) { r = e } r"
    assert compile(caught_text).run(functions={"refuse": refuse}) == "cannot take 1"


@pytest.mark.parametrize("call", ["one()", "one(1, 2)", "m::one()", "m::two(1)"])
def test_wrong_calls_of_host_functions_are_errors_of_the_script(call: str) -> None:
    with pytest.raises(RunError) as caught:
        compile(call).run(functions={"one": lambda a: a}, modules={"m": {"one": lambda a: a}})
    assert caught.value.name == "ErrorFunctionNotFound"


def test_printing_goes_to_the_host_or_nowhere() -> None:
    lines: list[str] = []
    program = compile('print("a"); print(1.0); print(); debug("q")')
    program.run(on_print=lines.append)
    assert lines == ["a", "1.0", "", '"q"']
    assert program.run() is None


def test_the_package_loads_nothing_heavy() -> None:
    probe = (
        "import sys; before = set(sys.modules); import ringlet.scripting.rhai;"
        "print(sorted({'json', 'dataclasses', 'inspect', 'asyncio', 'decimal', 'logging'}"
        " & (set(sys.modules) - before)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def test_json_makes_no_half_characters() -> None:
    assert compile("parse_json(text)").run({"text": '"\\ud83d\\ude00"'}) == "\U0001f600"
    with pytest.raises(RunError, match="Not valid JSON"):
        compile("parse_json(text)").run({"text": '"\\uD800"'})
