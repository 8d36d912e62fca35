"""Answers to the requests of the public protocol, one module for each noun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from ringlet.daemon.handlers import (
    access,
    agents,
    aliases,
    budgets,
    config,
    daemon,
    doctor,
    editing,
    env,
    profiles,
    providers,
    runs,
    scripts,
    secrets,
    usage,
    workspace,
)
from ringlet.daemon.handlers.table import Call, Entry
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.rights import Origin
from ringlet.engine.rights import reply_for, request_for
from ringlet.engine.services import Services
from ringlet.wire import planned
from ringlet.wire.requests.base import Envelope, Request
from ringlet.wire.requests.fields import known_fields
from ringlet.wire.sp import Peer
from ringlet.wire.strict import parse

_NOUNS: Final = (
    access,
    agents,
    aliases,
    budgets,
    config,
    daemon,
    doctor,
    editing,
    env,
    profiles,
    providers,
    runs,
    scripts,
    secrets,
    usage,
    workspace,
)
_ENVELOPE: Final = {each.name for each in msgspec.structs.fields(Envelope)}
ENTRIES: Final[dict[str, Entry]] = {entry.tag: entry for noun in _NOUNS for entry in noun.table}


class Handlers:
    """Decodes requests and has them answered by the use cases."""

    def __init__(self, services: Services, *, shut_down: Callable[[str], None]) -> None:
        self._services = services
        self._shut_down = shut_down

    def decode(self, tag: str, body: bytes) -> Request:
        """The request of type `tag`; raises INVALID_REQUEST naming the field, never its value."""
        entry = ENTRIES.get(tag)
        if entry is None:
            raise _unknown(tag)
        fields = parse(body)
        # No name, path, argument or variable can hold a NUL, and few calls refuse it politely.
        if b"\\u0000" in body and _holds_nul(fields):
            raise RingletError(ErrorCode.INVALID_REQUEST, f"{tag}: a text holds a NUL")
        own = [each.name for each in msgspec.structs.fields(entry.request)]
        given = {name: fields[name] for name in fields.keys() - (_ENVELOPE - set(own))}
        try:
            return msgspec.convert({"type": tag, **known_fields(tag, given, own)}, entry.request)
        except msgspec.ValidationError as error:
            raise RingletError(ErrorCode.INVALID_REQUEST, f"{tag}: {error}") from None

    async def answer(
        self, request: Request, peer: Peer | None = None, *, origin: Origin
    ) -> tuple[str, Any]:
        """Carry out a request, if who asks may; the reply's type and data."""
        request = request_for(origin, request)
        entry = ENTRIES[str(request.__struct_config__.tag)]
        await self._services.look()
        call = Call(self._services, self._shut_down, peer)
        return entry.reply, reply_for(origin, request, await entry.function(call, request))


def _unknown(tag: str) -> RingletError:
    if tag in planned.REQUESTS:
        return RingletError(
            ErrorCode.UNSUPPORTED, f"Requests of type {tag} are not part of this version"
        )
    return RingletError(ErrorCode.INVALID_REQUEST, f"There is no request of type {tag[:60]!r}")


def _holds_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_nul, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value
