"""The body of a request: what it may be, and reading all of it."""

from __future__ import annotations

import asyncio
import zlib
from typing import Final

from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from ringlet.daemon.http.envelope import refused
from ringlet.daemon.http.headers import values

LARGEST_BODY: Final = 1 << 20


def has_body(scope: Scope) -> bool:
    """Whether the head of the request says that a body follows."""
    headers = scope["headers"]
    length = values(headers, b"content-length")
    return length not in ([], [b"0"]) or bool(values(headers, b"transfer-encoding"))


def unreadable(scope: Scope) -> Response | None:
    """A body of another kind, or one that says itself that it is too long."""
    kinds = values(scope["headers"], b"content-type")
    if (kinds or has_body(scope)) and not (len(kinds) == 1 and _is_json(kinds[0])):
        return refused(415, "The body must be JSON", "Send: Content-Type: application/json")
    if any(int(length) > LARGEST_BODY for length in values(scope["headers"], b"content-length")):
        return _too_large()  # what is still sent is thrown away
    return None


def _is_json(kind: bytes) -> bool:
    name, *parameters = [part.strip() for part in kind.lower().split(b";")]
    return name == b"application/json" and set(parameters) <= {b"charset=utf-8"}


def _too_large(**headers: str) -> Response:
    return refused(413, f"The body is longer than {LARGEST_BODY} bytes", **headers)


async def read(receive: Receive, seconds: float) -> bytes | Response:
    """The whole body, or the answer to one that is too long or takes too long."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return refused(400, "The body is not complete")
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY:
                    return _too_large(connection="close")
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return refused(408, "The body did not come in time", connection="close")


def unpacked(scope: Scope, body: bytes) -> bytes | Response:
    """The body without its compression, which may be gzip; or the answer to a bad one."""
    encodings = values(scope["headers"], b"content-encoding")
    if encodings in ([], [b"identity"]):
        return body
    if encodings != [b"gzip"]:
        return refused(415, "The body may be compressed with gzip only")
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(body, LARGEST_BODY + 1)
    except zlib.error:
        return refused(400, "The body is not gzip")
    if len(plain) > LARGEST_BODY:
        return _too_large()
    if not stream.eof or stream.unused_data:
        return refused(400, "The body is not complete, or more than one")
    return plain


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body first, then what comes after."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
