"""References in the environment of a profile."""

from __future__ import annotations

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.references import Reference, is_reference, literal, parse_reference


def test_only_a_whole_value_is_a_reference() -> None:
    assert parse_reference("$KEYCHAIN:anthropic-work") == Reference("KEYCHAIN", "anthropic-work")
    for value in (
        "",
        "$",
        "x$KEYCHAIN:a",
        "KEYCHAIN:a",
        "$keychain:a",
        "$HOME/bin",
        "$$KEYCHAIN:a",
        "$KEYCHAIN",
        "$OTHER:a",
        "$ENV",
        "x$CMD:[]",
    ):
        assert parse_reference(value) is None


@pytest.mark.parametrize("name", ["", "a b", "a/b", "$x", "a\n", "x" * 129])
def test_a_reference_with_a_bad_name_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(RingletError) as caught:
        parse_reference(f"$KEYCHAIN:{name}")
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert repr(name) not in caught.value.message


def test_a_doubled_dollar_sign_escapes_one() -> None:
    assert literal("$$KEYCHAIN:a") == "$KEYCHAIN:a"
    assert literal("$HOME") == "$HOME"
    assert literal("a$$b") == "a$$b"


@pytest.mark.parametrize(
    "value",
    [
        "$ENV:1A",
        "$ENV:A-B",
        "$ENV:$(id)",
        "$FILE:relative",
        "$FILE:~/key",
        "$FILE:/a\0b",
        "$CMD:op read",
        "$CMD:[]",
        '$CMD:[""]',
        '$CMD:["op", 1]',
        '$CMD:["op", "a\\u0000"]',
        '$CMD:{"op": 1}',
        "$CMD:" + "[" * 100_000,
    ],
    ids=range(13),
)
def test_a_reference_that_makes_no_sense_is_refused_without_repeating_it(value: str) -> None:
    assert is_reference(value)
    with pytest.raises(RingletError) as caught:
        parse_reference(value)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert value not in caught.value.message + caught.value.hint


def test_a_command_is_a_list_of_words() -> None:
    found = parse_reference('$CMD:["op", "read", "op://vault/a b"]')
    assert found
    assert found.words == ["op", "read", "op://vault/a b"]
