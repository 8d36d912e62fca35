"""What the model remembers of a request: nothing of what was said."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from ringlet.demo.llm.usage import Usage
from ringlet.domain.providers import Api

_KEY_HEADERS: Final = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_SESSION_HEADERS: Final = ("x-claude-code-session-id", "session-id", "x-session-id")
_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """One request. `api` is None where no model was asked: lists of models, unknown paths.

    `model` is the one that was asked for, even if the answer claims to come from another.
    `auth_header` names the header that the key came in, "" if there was none. Of the key only
    `key_sha256` (hex) and `key_tail` (its last four characters) are kept. `session` is the
    agent's own name for its session; `step` counts the answers to one prompt from 0.
    """

    method: str
    path: str
    api: Api | None = None
    model: str = ""
    stream: bool = False
    auth_header: str = ""
    key_sha256: str = ""
    key_tail: str = ""
    session: str = ""
    tools: tuple[str, ...] = ()
    step: int = 0
    status: int = 200
    usage: Usage | None = None

    def as_dict(self) -> dict[str, Any]:
        """The record in plain values that JSON can hold."""
        return asdict(self)


def with_sender(seen: Seen, headers: Mapping[str, str], keys: Collection[str] | None) -> Seen:
    """The record with key and session of the request; prefers a key that is among `keys`."""
    given = _keys(headers)
    good = {name: key for name, key in given.items() if keys is not None and is_key(key, keys)}
    name, key = next(iter((good or given).items()), ("", ""))
    session = next((headers[name] for name in _SESSION_HEADERS if name in headers), "")
    return replace(
        seen,
        auth_header=name,
        key_sha256=hashlib.sha256(key.encode()).hexdigest() if name else "",
        key_tail=key[-_SHOWN:],
        session=session,
    )


def has_key(headers: Mapping[str, str], keys: Collection[str]) -> bool:
    """Whether one of the keys is in the headers."""
    return any(is_key(key, keys) for key in _keys(headers).values())


def is_key(candidate: str, keys: Collection[str]) -> bool:
    """Whether the text is one of the keys, in a time that does not tell how near it came."""
    return any(hmac.compare_digest(candidate.encode(), key.encode()) for key in keys)


def _keys(headers: Mapping[str, str]) -> dict[str, str]:
    """The keys in a request, by the header that they came in."""
    found = {name: headers[name] for name in _KEY_HEADERS if headers.get(name)}
    if "authorization" in found:
        scheme, _, token = found["authorization"].partition(" ")
        found["authorization"] = token.strip() if scheme.lower() == "bearer" else ""
    return {name: key for name, key in found.items() if key}
