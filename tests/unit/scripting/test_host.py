from __future__ import annotations

import hashlib
import json
import tomllib
import tracemalloc
from collections.abc import Callable

import pytest

from ringlet.scripting import host
from ringlet.scripting.rhai import HostError


def test_json_is_compact_and_sorted() -> None:
    value = {"b": [1, 2.0, True, None], "a": {"ü": "x"}}
    assert host.encode_json(value) == '{"a":{"ü":"x"},"b":[1,2.0,true,null]}'


def test_pretty_json_has_two_spaces_a_level() -> None:
    assert host.encode_json_pretty({"a": {"b": 1}}) == '{\n  "a": {\n    "b": 1\n  }\n}'


@pytest.mark.parametrize("value", [float("inf"), float("nan"), object(), {"a": [object()]}])
def test_json_refuses_what_it_cannot_hold(value: object) -> None:
    with pytest.raises(HostError, match="value"):
        host.encode_json(value)


def test_toml_reads_back_as_the_same_value() -> None:
    value = {"a": 1, "t": {"x y": [1, 2], "deep": {"s": 'q"\n'}}, "l": [{"n": 1}, {"n": 2}]}
    assert tomllib.loads(host.encode_toml(value)) == value


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": {"b": None}}, r"^a\.b is \(\)"),
        ({"l": [1, {"x": None}]}, r"^l\[1\]\.x is \(\)"),
    ],
)
def test_toml_names_the_place_of_a_unit(value: object, place: str) -> None:
    with pytest.raises(HostError, match=place):
        host.encode_toml(value)


def test_toml_needs_a_map() -> None:
    with pytest.raises(HostError, match="map"):
        host.encode_toml([1])


def test_indent_leaves_empty_lines_alone() -> None:
    assert host.indent("a\n\n b\n", 2) == "  a\n\n   b\n"


@pytest.mark.parametrize("width", [-1, 201, True, 1.0, "2"])
def test_indent_refuses_a_width_that_is_none(width: object) -> None:
    with pytest.raises(HostError, match="width"):
        host.indent("a", width)


def test_trim_lines_trims_each_line() -> None:
    assert host.trim_lines("  a \n\tb\n") == "a\nb\n"


def test_text_functions_refuse_other_values() -> None:
    with pytest.raises(HostError, match="trim_lines needs a string"):
        host.trim_lines(1)


def test_both_spellings_name_the_same_functions() -> None:
    assert host.FUNCTIONS["json_encode"] is host.MODULES["json"]["encode"]
    assert host.FUNCTIONS["json_encode_pretty"] is host.MODULES["json"]["encode_pretty"]
    assert host.FUNCTIONS["toml_encode"] is host.MODULES["toml"]["encode"]
    assert json.loads(str(host.FUNCTIONS["json_encode"]({"a": 1}))) == {"a": 1}


def test_a_text_is_not_indented_beyond_what_a_script_may_hold() -> None:
    with pytest.raises(HostError, match="indent would make"):
        host.indent("a\n" * 10_000, 200)


def test_a_digest_is_that_of_the_text_in_utf_8() -> None:
    assert host.sha256("é") == hashlib.sha256("é".encode()).hexdigest()
    with pytest.raises(HostError):
        host.sha256(1)


@pytest.mark.parametrize(
    ("encode", "value"),
    [
        # each heading repeats the whole path
        (host.encode_toml, {"k" * 100_000: {f"a{n}": {} for n in range(2000)}}),
        (host.encode_toml, {"k" * 100_000: [{"a": {}} for _ in range(2000)]}),
        (host.encode_toml, {"a": "x" * 300_000}),
        (host.encode_json, "\x01" * 200_000 + "\U0001f600"),
        (host.encode_json_pretty, ['"' * 10_000 for _ in range(100)]),
    ],
    ids=["paths", "paths of lists", "long", "escapes", "many escapes"],
)
def test_what_would_become_too_long_is_refused_before_it_is_made(
    encode: Callable[[object], str], value: object
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(HostError, match="characters"):
            encode(value)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_long_key_costs_nothing_for_each_of_its_children() -> None:
    value = {"k" * 500_000: dict.fromkeys(map(str, range(5000)), 1)}
    tracemalloc.start()
    try:
        assert len(host.encode_json(value)) > 500_000
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
