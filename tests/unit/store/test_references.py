"""References in the environment of a profile."""

from __future__ import annotations

from typing import Literal

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.references import Reference, literal, parse_reference, resolve


class MemoryStore:
    """A secret store in memory."""

    kind: Literal["file"] = "file"

    def __init__(self, **secrets: str) -> None:
        self.secrets = {name: Secret(text) for name, text in secrets.items()}

    async def get(self, name: str) -> Secret | None:
        return self.secrets.get(name)

    async def put(self, name: str, secret: Secret) -> None:
        self.secrets[name] = secret

    async def delete(self, name: str) -> bool:
        return self.secrets.pop(name, None) is not None

    async def names(self) -> list[str]:
        return sorted(self.secrets)


class BrokenStore(MemoryStore):
    async def get(self, name: str) -> Secret | None:
        raise RingletError(ErrorCode.STORAGE_ERROR, "the store is gone", hint="Find it.")


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


async def test_references_become_secrets_and_the_rest_stays() -> None:
    store: SecretStore = MemoryStore(work="key")
    values = {"KEY": "$KEYCHAIN:work", "PLAIN": "x", "ESCAPED": "$$KEYCHAIN:work"}
    assert await resolve(values, store, environ={}) == {
        "KEY": Secret("key"),
        "PLAIN": "x",
        "ESCAPED": "$KEYCHAIN:work",
    }


async def test_the_environment_overrides_the_store() -> None:
    environ = {"RINGLET_SECRET_ZAI_WORK_2": "from outside"}
    store = MemoryStore(**{"zai-work.2": "stored"})
    found = await resolve({"KEY": "$KEYCHAIN:zai-work.2"}, store, environ=environ)
    assert found == {"KEY": Secret("from outside")}


async def test_a_missing_secret_is_told_by_variable_and_name() -> None:
    with pytest.raises(RingletError, match="KEY needs the secret 'gone'") as caught:
        await resolve({"KEY": "$KEYCHAIN:gone"}, MemoryStore(), environ={})
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE
    assert "RINGLET_SECRET_GONE" in caught.value.hint


async def test_a_store_that_fails_is_told_with_the_variable() -> None:
    with pytest.raises(RingletError, match="KEY needs the secret 'a': the store is gone") as caught:
        await resolve({"KEY": "$KEYCHAIN:a"}, BrokenStore(), environ={})
    assert caught.value.code is ErrorCode.SECRET_UNAVAILABLE
    assert caught.value.hint == "Find it."
