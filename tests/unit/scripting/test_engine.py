from __future__ import annotations

import pytest
from tests.unit.scripting.script_inputs import SELF, make_input

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting.engine import run_script
from ringlet.scripting.locating import Script
from ringlet.scripting.result import ScriptResult

GIVEN = make_input("claude", SELF, None)


def run_text(text: str) -> ScriptResult:
    return run_script(Script("mine.rhai", text, "/scripts/mine.rhai"), GIVEN)


def test_documented_and_older_spelling_both_work() -> None:
    result = run_text(
        """
        let env = #{ A: profile.alias, B: ctx.profile.alias };
        if prefs.mcp_servers.filesystem { env.C = "never"; }
        if ctx.profile.hooks_config != () { env.D = "never"; }
        #{ env: env, files: #{ "a.json": json_encode(#{ x: 1 }) } }
        """
    )
    assert result == ScriptResult({"a.json": '{"x":1}'}, {"A": "work", "B": "work"}, ())


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("let a = 1;\nlet b = ;", "line 2, column 9"),
        ("let a = 1;\n\n  nope(a)", "line 3, column 3"),
        ("toml::encode(#{a: #{b: ()}})", r"a\.b is \(\)"),
        ('throw "no luck"', "no luck"),
    ],
)
def test_an_error_in_a_script_names_its_place(text: str, where: str) -> None:
    with pytest.raises(RingletError, match=where) as caught:
        run_text(text)
    assert caught.value.code is ErrorCode.SCRIPT_ERROR
    assert "mine.rhai" in caught.value.message
    assert "^" in caught.value.hint
    assert "/scripts/mine.rhai" in caught.value.hint


def test_a_script_that_never_ends_is_stopped() -> None:
    with pytest.raises(RingletError, match="operations"):
        run_text("loop { }")


def test_a_script_that_returns_nothing_is_told_what_to_return() -> None:
    with pytest.raises(RingletError, match="result is not a map"):
        run_text("let a = 1;")


def test_what_a_script_prints_can_be_seen() -> None:
    seen: list[str] = []
    run_script(Script("p.rhai", 'print("hi"); #{}', "x"), GIVEN, on_print=seen.append)
    assert seen == ["hi"]


def test_two_runs_of_one_script_do_not_share_state() -> None:
    script = Script("n.rhai", 'profile.alias += "!"; #{ args: [profile.alias] }', "x")
    assert run_script(script, GIVEN).args == run_script(script, GIVEN).args == ("work!",)
