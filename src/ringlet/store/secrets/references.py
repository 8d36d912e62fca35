"""References to secrets in the environment of a profile.

A value is a reference as a whole or not at all: `$KEYCHAIN:<name>`. A literal value that begins
with a dollar sign may double it: `$$KEYCHAIN:x` is the text `$KEYCHAIN:x`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.contract import SecretStore, check_name

_OVERRIDE: Final = "RINGLET_SECRET_"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where to look (`kind`, as in `$KIND:`), and for what."""

    kind: str
    name: str


_Resolver = Callable[[Reference, SecretStore, Mapping[str, str]], Awaitable[Secret | None]]


def parse_reference(value: str) -> Reference | None:
    """The reference that a value is, or None if it is literal text.

    Raises INVALID_REQUEST, without repeating the value, if the name could be none.
    """
    kind, colon, name = value.removeprefix("$").partition(":")
    if not value.startswith("$") or not colon or kind not in _RESOLVERS:
        return None
    return Reference(kind, check_name(name))


def literal(value: str) -> str:
    """The text that a value stands for if it is no reference: a leading `$$` becomes `$`."""
    return value[1:] if value.startswith("$$") else value


async def resolve(
    values: Mapping[str, str], store: SecretStore, *, environ: Mapping[str, str]
) -> dict[str, str | Secret]:
    """The values with references replaced by their secrets; nothing is written anywhere.

    Raises SECRET_UNAVAILABLE that tells the variable and the name, never a value.
    """
    return {
        variable: await _resolve_one(variable, value, store, environ)
        for variable, value in values.items()
    }


async def _resolve_one(
    variable: str, value: str, store: SecretStore, environ: Mapping[str, str]
) -> str | Secret:
    reference = parse_reference(value)
    if reference is None:
        return literal(value)
    where = f"{variable} needs the secret {reference.name!r}"
    try:
        secret = await _RESOLVERS[reference.kind](reference, store, environ)
    except RingletError as error:
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE, f"{where}: {error.message}", hint=error.hint
        ) from error
    if secret is None:
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            f"{where}, which is not stored",
            hint=f"Store it, or set {override_name(reference.name)} in the environment.",
        )
    return secret


def override_name(name: str) -> str:
    """The variable that stands in for a stored secret, on machines without a store."""
    return _OVERRIDE + re.sub(r"[^A-Z0-9]", "_", name.upper())


async def _from_keychain(
    reference: Reference, store: SecretStore, environ: Mapping[str, str]
) -> Secret | None:
    """From the override if it is set, else from the store, whatever its kind."""
    if text := environ.get(override_name(reference.name)):
        return Secret(text)
    return await store.get(reference.name)


_RESOLVERS: Final[dict[str, _Resolver]] = {"KEYCHAIN": _from_keychain}
