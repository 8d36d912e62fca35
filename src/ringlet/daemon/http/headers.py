"""Headers that every response carries, and how the raw ones of a request are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

Headers = list[tuple[bytes, bytes]]

SECURITY: Final[Headers] = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
NO_STORE: Final = (b"cache-control", b"no-store")


def completed(own: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of a response together with those of every response."""
    headers = [*own, *SECURITY]
    if not any(name == NO_STORE[0] for name, _ in headers):
        headers.append(NO_STORE)
    return headers


def values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """All values of a header; `name` in lower case."""
    return [value for each, value in headers if each == name]
