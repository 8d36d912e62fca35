from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting.documents import Kind, kind_of, parse, same
from ringlet.scripting.merge import WHOLE_FILE, KeyPath, merge, withdraw

NOTHING: frozenset[KeyPath] = frozenset()

_keys = st.sampled_from(["a", "b", "c", "name", "dotted.key", "ü"])
_scalars = st.one_of(
    st.booleans(), st.integers(-9, 9), st.sampled_from([0.5, 1.0]), st.text('ab"\n')
)
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(_scalars, max_size=3),
        st.dictionaries(_keys, inner, max_size=3),
        st.lists(st.dictionaries(_keys, inner, max_size=2), max_size=3),
    ),
    max_leaves=8,
)
_maps = st.dictionaries(_keys, _values, max_size=4)

# Real layouts that a plain writer never makes: comments, dotted keys, inline and split tables.
_toml_layouts = st.sampled_from(
    [
        "# head\na = 1 # one\n\n[b]\nc = 2 # two\n",
        "a.b = 1\nc = 2\n",
        'a = { b = 1, c = "x" } # inline\nname = "n"\n',
        "[a.b]\nc = 1\n[c]\na = 2\n[a.c]\nb = 3\n",
        "[[a]]\nname = 'x'\nb = 1 # kept\n\n[[a]]\nname = 'y'\n[c.a.b]\nc = [1, # one\n 2]\n",
        "b = [\n  { name = 'x' },\n  { name = 'y' }, # last\n]\r\na = 1\r\n",
    ]
)


def write(kind: Kind, value: dict[str, Any]) -> str:
    return tomli_w.dumps(value) if kind == "toml" else json.dumps(value, ensure_ascii=False)


def merge_json(
    existing: Any, produced: Any, before: frozenset[KeyPath] = NOTHING
) -> tuple[Any, frozenset[KeyPath]]:
    merged = merge("json", json.dumps(existing), json.dumps(produced), before, name="f.json")
    return json.loads(merged.text), merged.managed


def test_the_kind_of_a_file_follows_its_suffix() -> None:
    assert [kind_of(name) for name in ("a.json", "b/c.toml", "d.md", "json")] == [
        "json",
        "toml",
        "text",
        "text",
    ]


def test_a_new_file_holds_exactly_what_the_script_wrote() -> None:
    text = '{"a":   {"b": 1}, "c": []}'
    merged = merge("json", None, text, NOTHING, name="f.json")
    assert merged.text == text
    assert merged.managed == {("a", "b"), ("c",)}


def test_an_empty_file_counts_as_a_new_one() -> None:
    assert merge("json", " \n", "{}", NOTHING, name="f.json").text == "{}"


def test_only_produced_keys_are_set_and_the_rest_stays_in_its_order() -> None:
    existing = {"z": 1, "model": "old", "deep": {"theirs": [1], "ours": 1}, "a": 2}
    value, managed = merge_json(existing, {"model": "new", "deep": {"ours": 2, "more": 3}})
    assert list(value) == ["z", "model", "deep", "a"]
    assert value["deep"] == {"theirs": [1], "ours": 2, "more": 3}
    assert value["model"] == "new"
    assert managed == {("model",), ("deep", "ours"), ("deep", "more")}


def test_a_key_that_is_no_longer_produced_is_removed_and_so_is_an_emptied_map() -> None:
    existing = {"mine": {"x": 1}, "deep": {"ours": 1}, "both": {"ours": 1, "theirs": 2}}
    before = frozenset({("deep", "ours"), ("both", "ours")})
    value, managed = merge_json(existing, {}, before)
    assert value == {"mine": {"x": 1}, "both": {"theirs": 2}}
    assert managed == NOTHING


def test_a_key_that_was_never_managed_is_not_removed() -> None:
    assert merge_json({"theirs": 1}, {})[0] == {"theirs": 1}


def test_a_map_that_the_script_leaves_empty_keeps_what_others_put_into_it() -> None:
    value, managed = merge_json({"models": {"m": {"limit": 5}}}, {"models": {"m": {}}})
    assert value == {"models": {"m": {"limit": 5}}}
    assert merge_json(value, {}, managed)[0] == {"models": {"m": {"limit": 5}}}


def test_a_plain_list_is_replaced_whole() -> None:
    assert merge_json({"l": [3, 4]}, {"l": [1]})[0] == {"l": [1]}


def test_named_entries_come_first_and_keep_what_the_agent_added() -> None:
    ours = {"displayName": "M", "model": "new"}
    existing = {
        "customModels": [
            {"displayName": "Mine", "model": "x", "index": 0},
            {"displayName": "M", "model": "old", "id": "custom:M-0", "index": 1},
        ]
    }
    value, managed = merge_json(existing, {"customModels": [ours]})
    assert value["customModels"] == [
        {"displayName": "M", "model": "new", "id": "custom:M-0", "index": 1},
        {"displayName": "Mine", "model": "x", "index": 0},
    ]
    assert managed == {
        ("customModels", "displayName=M", "displayName"),
        ("customModels", "displayName=M", "model"),
    }


def test_a_named_entry_that_is_no_longer_produced_goes_with_all_its_keys() -> None:
    existing = {"l": [{"name": "old", "index": 0}, {"name": "theirs"}]}
    before = frozenset({("l", "name=old", "name")})
    value, _ = merge_json(existing, {"l": [{"name": "new"}]}, before)
    assert value == {"l": [{"name": "new"}, {"name": "theirs"}]}


def test_a_named_entry_loses_only_the_key_that_is_no_longer_produced() -> None:
    _, before = merge_json({}, {"l": [{"name": "n", "limit": 1, "x": 2}]})
    existing = {"l": [{"name": "n", "limit": 1, "x": 2, "index": 0}]}
    value, _ = merge_json(existing, {"l": [{"name": "n", "x": 2}]}, before)
    assert value == {"l": [{"name": "n", "x": 2, "index": 0}]}


def test_entries_without_a_name_are_matched_by_their_content() -> None:
    rule = {"matcher": "Bash", "hooks": [{"type": "command", "command": "ours"}]}
    theirs = {"matcher": "Bash", "hooks": [{"type": "command", "command": "theirs"}]}
    value, managed = merge_json({"hooks": {"Stop": [theirs]}}, {"hooks": {"Stop": [rule]}})
    assert value == {"hooks": {"Stop": [rule, theirs]}}
    assert merge_json(value, {}, managed)[0] == {"hooks": {"Stop": [theirs]}}


def test_a_list_that_loses_its_last_entry_goes() -> None:
    _, managed = merge_json({}, {"l": [{"name": "n"}], "m": 1})
    assert merge_json({"l": [{"name": "n"}], "m": 1}, {"m": 1}, managed)[0] == {"m": 1}


def test_json_keeps_its_indentation_and_final_newline() -> None:
    merged = merge("json", '{\n\t"a": 1\n}\n', '{"b": "ü"}', NOTHING, name="f.json")
    assert merged.text == '{\n\t"a": 1,\n\t"b": "ü"\n}\n'


def test_json_with_half_a_surrogate_stays_writable() -> None:
    merged = merge("json", '{"a": "\\ud800"}', '{"b": 1}', NOTHING, name="f.json")
    assert json.loads(merged.text.encode()) == {"a": "\ud800", "b": 1}


def test_toml_keeps_comments_and_order() -> None:
    existing = '# mine\n[tui]\ntheme = "dark" # nice\n\n[projects."/w"]\ntrust_level = "trusted"\n'
    produced = 'model = "m"\n[model_providers.ringlet]\nname = "R"\n'
    merged = merge("toml", existing, produced, NOTHING, name="config.toml")
    assert "# mine\n" in merged.text
    assert 'theme = "dark" # nice' in merged.text
    assert tomllib.loads(merged.text) == {**tomllib.loads(existing), **tomllib.loads(produced)}
    back = merge("toml", merged.text, "", merged.managed, name="config.toml").text
    assert back.split() == existing.split()


def test_a_file_that_is_no_longer_produced_goes_unless_others_wrote_to_it() -> None:
    ours = frozenset({("a", "b")})
    assert withdraw("json", '{"a": {"b": 1}}', ours, name="f.json") is None
    assert withdraw("toml", "a.b = 1\n", ours, name="f.toml") is None
    assert withdraw("toml", "a.b = 1\na.c = 2\n", ours, name="f.toml") == "a.c = 2\n"
    assert withdraw("text", "all ours", frozenset({WHOLE_FILE}), name="f.md") is None


def test_text_is_replaced_whole() -> None:
    merged = merge("text", "old", "new", NOTHING, name="notes.md")
    assert (merged.text, merged.managed) == ("new", frozenset({WHOLE_FILE}))


def test_json_that_is_no_map_is_replaced_whole() -> None:
    assert merge("json", "[1]", "[2]", NOTHING, name="f.json").managed == {WHOLE_FILE}


@pytest.mark.parametrize(
    ("kind", "existing", "line"),
    [
        ("json", '{\n  "a": 1,\n  // no\n}', "line 3"),
        ("json", '{\n "a": NaN}', "NaN"),
        ("json", "[1]", "line 1"),
        ("toml", "a = 1\nb =\n", "line 2"),
    ],
)
def test_a_file_that_does_not_parse_is_reported_with_name_and_line(
    kind: Kind, existing: str, line: str
) -> None:
    produced = '{"x": 1}' if kind == "json" else "x = 1"
    with pytest.raises(RingletError, match=line) as caught:
        merge(kind, existing, produced, NOTHING, name=".factory/settings.json")
    assert caught.value.code is ErrorCode.STORAGE_ERROR
    assert ".factory/settings.json" in caught.value.message
    assert "does not overwrite" in caught.value.hint


def test_json_nested_without_end_is_an_error_and_no_crash() -> None:
    with pytest.raises(RingletError):
        merge("json", '{"a":' + "[" * 100_000, "{}", NOTHING, name="f.json")


def test_a_produced_text_that_does_not_parse_is_the_fault_of_the_script() -> None:
    with pytest.raises(RingletError, match=r"The script's text for f\.json") as caught:
        merge("json", None, "{", NOTHING, name="f.json")
    assert caught.value.code is ErrorCode.SCRIPT_ERROR


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["json", "toml"]), _maps, _maps, _maps)
def test_merging_twice_changes_nothing_more(
    kind: Kind, existing: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    one = merge(kind, write(kind, existing), write(kind, first), NOTHING, name="f")
    two = merge(kind, one.text, write(kind, second), one.managed, name="f")
    assert merge(kind, two.text, write(kind, second), two.managed, name="f") == two


@settings(max_examples=60, deadline=None)
@given(_maps, _maps)
def test_withdrawing_all_keys_leaves_the_keys_of_others(
    existing: dict[str, Any], produced: dict[str, Any]
) -> None:
    theirs = {f"their {key}": value for key, value in existing.items()}
    merged = merge("json", write("json", theirs), write("json", produced), NOTHING, name="f")
    back = merge("json", merged.text, "{}", merged.managed, name="f")
    assert same(json.loads(back.text), theirs)


@settings(max_examples=80, deadline=None)
@given(_toml_layouts, _maps, _maps)
@example("a.b = 1\nc = 2\n", {"a": {"a": False, "c": False}}, {"a": {"c": True}})
@example("a.b = 1\nc = 2\n", {"a": {"a": False, "c": False}}, {})
def test_every_toml_layout_takes_the_same_content_as_json_would(
    existing: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    plain = json.dumps(tomllib.loads(existing))
    managed, managed_plain = NOTHING, NOTHING
    for produced in (first, second):
        merged = merge("toml", existing, write("toml", produced), managed, name="f")
        twin = merge("json", plain, write("json", produced), managed_plain, name="f")
        existing, managed = merged.text, merged.managed
        plain, managed_plain = twin.text, twin.managed
        assert same(parse("toml", existing), parse("json", plain))
        assert merge("toml", existing, write("toml", produced), managed, name="f").text == existing
