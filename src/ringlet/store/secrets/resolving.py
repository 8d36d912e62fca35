"""Replace references by the secrets that they stand for; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.references import Reference, literal, override_name, parse_reference
from ringlet.domain.secret import Secret
from ringlet.store.aside import aside
from ringlet.store.secrets.commands import ask_command
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.private_file import read_private


@dataclass(frozen=True, slots=True)
class Sources:
    """Where references lead. `store` is opened only if one needs it.

    `caller` is the environment of whoever asks, `own` that of the daemon, which only may hold
    overrides.
    """

    store: Callable[[], Awaitable[SecretStore]]
    caller: Mapping[str, str] = field(repr=False)
    own: Mapping[str, str] = field(repr=False)


async def resolve(values: Mapping[str, str], sources: Sources) -> dict[str, str | Secret]:
    """The values, with secrets in place of references and literal text as it is meant.

    Raises SECRET_UNAVAILABLE that tells the variable and the reference, never a value.
    """
    return {name: await _resolve_one(name, value, sources) for name, value in values.items()}


async def _resolve_one(variable: str, value: str, sources: Sources) -> str | Secret:
    reference: Reference | None = None
    try:
        reference = parse_reference(value)
        if reference is None:
            return literal(value)
        return await _RESOLVERS[reference.kind](reference, sources)
    except RingletError as error:
        if error.code is ErrorCode.SECRETS_LOCKED:
            raise  # whoever has a terminal may unlock the store and go on
        what = f" needs {reference}" if reference else ""
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            f"{variable}{what}: {error.message}",
            hint=error.hint.split("\n"),
        ) from error


async def _from_store(reference: Reference, sources: Sources) -> Secret:
    """From the override if there is one, else from the store, whatever its kind."""
    override = override_name(reference.name)
    if text := sources.caller.get(override) or sources.own.get(override):
        return Secret(text)
    secret = await (await sources.store()).get(reference.name)
    if secret is None:
        raise _absent(
            f"the secret {reference.name!r} is not stored",
            f"Store it with: ringlet secrets set {reference.name}; or set {override}.",
        )
    return secret


async def _from_environment(reference: Reference, sources: Sources) -> Secret:
    if text := sources.caller.get(reference.name):
        return Secret(text)
    raise _absent(
        f"{reference.name} is not set where the run was asked for",
        f"Set it there: export {reference.name}=…",
    )


async def _from_file(reference: Reference, sources: Sources) -> Secret:
    return await aside(read_private, reference.name)


async def _from_command(reference: Reference, sources: Sources) -> Secret:
    return await ask_command(reference.words, sources.caller)


def _absent(message: str, hint: str) -> RingletError:
    return RingletError(ErrorCode.SECRET_UNAVAILABLE, message, hint=hint)


_RESOLVERS: Final[dict[str, Callable[[Reference, Sources], Awaitable[Secret]]]] = {
    "KEYCHAIN": _from_store,
    "ENV": _from_environment,
    "FILE": _from_file,
    "CMD": _from_command,
}
