from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.scripting.script_inputs import SELF, make_input

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting.engine import Script, find_script, run_script
from ringlet.scripting.result import ScriptResult

GIVEN = make_input("claude", SELF, None)


def run_text(text: str) -> ScriptResult:
    return run_script(Script("mine.rhai", text, "/scripts/mine.rhai"), GIVEN)


def test_the_users_script_comes_before_the_built_in_one(tmp_path: Path) -> None:
    assert find_script("claude.rhai", user_dir=tmp_path).source == "built-in"
    (tmp_path / "claude.rhai").write_text("#{}")
    script = find_script("claude.rhai", user_dir=tmp_path)
    assert (script.text, script.source) == ("#{}", str(tmp_path / "claude.rhai"))


@pytest.mark.parametrize("name", ["", "../x.rhai", "/etc/passwd", "a/b.rhai", ".hidden", "a\0"])
def test_a_script_is_named_by_a_plain_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RingletError, match="not the file name of a script") as caught:
        find_script(name, user_dir=tmp_path)
    assert caught.value.code is ErrorCode.SCRIPT_ERROR


def test_a_missing_script_is_reported_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(RingletError, match=r"no script nope\.rhai") as caught:
        find_script("nope.rhai", user_dir=tmp_path)
    assert str(tmp_path) in caught.value.hint


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (tmp_path / "outside.rhai").write_text("#{}")
    (folder / "out.rhai").symlink_to(tmp_path / "outside.rhai")
    (folder / "real.rhai").write_text("#{}")
    (folder / "in.rhai").symlink_to("real.rhai")
    with pytest.raises(RingletError, match="leads out of its folder"):
        find_script("out.rhai", user_dir=folder)
    assert find_script("in.rhai", user_dir=folder).text == "#{}"


@pytest.mark.parametrize("content", [b"\xff\xfe", b" " * (1 << 20) + b"1"])
def test_a_script_that_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "claude.rhai").write_bytes(content)
    with pytest.raises(RingletError, match=r"claude\.rhai"):
        find_script("claude.rhai", user_dir=tmp_path)


def test_a_dangling_link_is_an_error_and_not_the_built_in_script(tmp_path: Path) -> None:
    (tmp_path / "claude.rhai").symlink_to("nowhere")
    with pytest.raises(RingletError, match="cannot be read"):
        find_script("claude.rhai", user_dir=tmp_path)


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
