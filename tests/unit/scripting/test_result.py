from __future__ import annotations

import json

import pytest

from ringlet.domain.agents import ProfileRules
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.scripting.result import ScriptResult, fill_files, fill_secret, parse_result

RULES = ProfileRules(
    source_home="~/.x/{alias}",
    script="s.rhai",
    key_files=("only.json",),
    env_files={"settings.json": "env"},
)


def test_a_full_result_is_taken_over() -> None:
    value = {"files": {".a/b.json": "{}"}, "env": {"K": "${API_KEY}"}, "args": ["-x"]}
    assert parse_result("s.rhai", value, RULES) == ScriptResult(
        {".a/b.json": "{}"}, {"K": "${API_KEY}"}, ("-x",)
    )


def test_all_keys_may_be_left_out() -> None:
    assert parse_result("s.rhai", {}, RULES) == ScriptResult({}, {}, ())


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, "result is not a map"),
        ([], "result is not a map"),
        ({"file": {}}, "'file' is not a known key"),
        ({"files": []}, "files is not a map"),
        ({"files": {"a": 1}}, r"files\['a'\] is not a string"),
        ({"files": {"a": None}}, r"files\['a'\] is not a string"),
        ({"env": "A=b"}, "env is not a map"),
        ({"env": {"A": 1}}, r"env\['A'\] is not a string"),
        ({"env": {"A-B": "x"}}, "not the name of an environment variable"),
        ({"env": {"": "x"}}, "not the name of an environment variable"),
        ({"env": {"A": "x\0"}}, "NUL"),
        ({"args": "x"}, "args is not an array"),
        ({"args": ["a", 1]}, r"args\[1\] is not a string"),
        ({"args": ["a\0"]}, "NUL"),
        ({"args": ["\udcff"]}, "UTF-8"),
        ({"env": {"A": "\udcff"}}, "UTF-8"),
        ({"files": {"\udcff": "x"}}, "UTF-8"),
        ({"files": {"a": "\udcff"}}, "UTF-8"),
        ({"args": ["--key=${API_KEY}"]}, "holds the key"),
        ({"files": {"a": "k = ${API_KEY}"}}, "keys go into env only"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(value: object, names: str) -> None:
    with pytest.raises(RingletError, match=names) as caught:
        parse_result("mine.rhai", value, RULES)
    assert caught.value.code is ErrorCode.SCRIPT_ERROR
    assert "mine.rhai" in caught.value.message


@pytest.mark.parametrize(
    "path",
    ["", "/etc/x", "../x", "a/../../x", "a/..", "./a", "a//b", "a/", "~/x", "C:/x", "a\\b", "a\nb"],
)
def test_a_path_that_leaves_the_home_or_is_not_plain_is_refused(path: str) -> None:
    with pytest.raises(RingletError, match="files"):
        parse_result("s.rhai", {"files": {path: "x"}}, RULES)


def test_the_key_takes_the_place_of_its_marker_and_stays_hidden() -> None:
    env = fill_secret({"A": "plain", "B": "Bearer ${API_KEY}"}, Secret("sk-1"))
    assert env == {"A": "plain", "B": Secret("Bearer sk-1")}
    assert "sk-1" not in repr(env)


def test_a_marker_without_a_key_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(RingletError, match="variable B") as caught:
        fill_secret({"B": "${API_KEY}"}, None)
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE


def test_only_a_file_that_the_manifest_names_may_hold_the_key() -> None:
    text = '{"key": "${API_KEY}"}'
    result = parse_result("s.rhai", {"files": {"only.json": text}}, RULES)
    assert fill_files(result.files, Secret('sk-"1')) == {"only.json": '{"key": "sk-\\"1"}'}
    assert "API_KEY" not in repr(result)
    with pytest.raises(RingletError, match="holds the key"):
        parse_result("s.rhai", {"files": {"other.json": text}}, RULES)


def test_variables_with_the_key_move_from_a_file_to_the_environment() -> None:
    text = '{"env": {"TOKEN": "Bearer ${API_KEY}", "PLAIN": "x"}, "more": 1}'
    result = parse_result("s.rhai", {"files": {"settings.json": text}}, RULES)
    assert json.loads(result.files["settings.json"]) == {"env": {"PLAIN": "x"}, "more": 1}
    assert result.env == {"TOKEN": "Bearer ${API_KEY}"}
    elsewhere = {"files": {"settings.json": '{"env": {}, "key": "${API_KEY}"}'}}
    with pytest.raises(RingletError, match="holds the key"):
        parse_result("s.rhai", elsewhere, RULES)
