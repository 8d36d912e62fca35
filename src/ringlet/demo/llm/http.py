"""As much of HTTP/1.1 as a server on the loopback needs."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_HEADER_NAME: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_LONGEST_CHUNK_LINE: Final = 1024


class HttpError(Exception):
    """A request that cannot be served: the status and the reason for the client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers of a request; names of headers are in lower case."""

    method: str
    path: str
    version: str
    headers: Mapping[str, str]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client wants to send another request on this connection."""
        wish = self.headers.get("connection", "").lower()
        return wish != "close" if self.version == "HTTP/1.1" else wish == "keep-alive"


@dataclass(frozen=True, slots=True)
class Response:
    """What to send: `body` is sent whole, or piece by piece if it is not bytes.

    `delay` is in seconds and comes before the first byte.
    """

    status: int
    body: bytes | Iterable[bytes]
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The head of the next request, or None if the client is done; raises HttpError."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise HttpError(400, "the request ends within its headers") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise HttpError(431, "the headers are too long") from error
    lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    first = lines[0].split(" ")
    if len(first) != 3 or first[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise HttpError(400, "the request line is not HTTP/1.1")
    method, target, version = first
    return Head(method, target.partition("?")[0], version, _read_headers(lines[1:]))


def _read_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not _HEADER_NAME.fullmatch(name):
            raise HttpError(400, "a header is malformed")
        if name in headers and name in ("content-length", "transfer-encoding", "host"):
            raise HttpError(400, f"the header {name} is there twice")
        headers[name] = value.strip()
    return headers


def check_host(head: Head) -> None:
    """Refuse requests for other hosts: a web page that rebinds its name must not get in."""
    try:
        host = urlsplit(f"//{head.headers.get('host', '')}").hostname
    except ValueError:
        host = None
    if not is_loopback(host or ""):
        raise HttpError(421, "this server answers only for loopback hosts")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def read_body(
    head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int
) -> bytes:
    """The body of a request, of at most `limit` bytes; raises HttpError."""
    coding = head.headers.get("transfer-encoding", "").lower()
    length = head.headers.get("content-length")
    if coding and (coding != "chunked" or length is not None):
        raise HttpError(400, "the length of the body is unclear")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise HttpError(400, "the content-length is not a number")
    if not coding and int(length or 0) > limit:
        raise HttpError(413, "the body is too large")
    if head.headers.get("expect", "").lower() == "100-continue":
        writer.write(_CONTINUE)
    try:
        if coding:
            return await _read_chunks(reader, limit)
        return await reader.readexactly(int(length or 0))
    except asyncio.IncompleteReadError as error:
        raise HttpError(400, "the body ends too early") from error


async def _read_chunks(reader: asyncio.StreamReader, limit: int) -> bytes:
    body = bytearray()
    while size := await _read_chunk_size(reader):
        if len(body) + size > limit:
            raise HttpError(413, "the body is too large")
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise HttpError(400, "a chunk has the wrong length")
    while await _read_line(reader):
        pass  # trailers say nothing that matters here
    return bytes(body)


async def _read_chunk_size(reader: asyncio.StreamReader) -> int:
    size = (await _read_line(reader)).partition(b";")[0].strip()
    try:
        if size.startswith((b"+", b"-")) or b"_" in size:
            raise ValueError
        return int(size, 16)
    except ValueError as error:
        raise HttpError(400, "a chunk has no size") from error


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        line = await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError as error:
        raise HttpError(400, "a line of the body is too long") from error
    if len(line) > _LONGEST_CHUNK_LINE:
        raise HttpError(400, "a line of the body is too long")
    return line[:-2]


async def write_response(
    writer: asyncio.StreamWriter, head: Head | None, response: Response
) -> None:
    """Send a response; a HEAD request gets the headers alone."""
    body = response.body
    whole = isinstance(body, bytes)
    chunked = not whole and head is not None and head.version == "HTTP/1.1"
    keeps_alive = head is not None and head.keeps_alive and (whole or chunked)
    headers = {
        "content-type": response.content_type,
        "connection": "keep-alive" if keeps_alive else "close",
        **response.headers,
    }
    if isinstance(body, bytes):
        headers["content-length"] = str(len(body))
    elif chunked:
        headers["transfer-encoding"] = "chunked"
    writer.write(_encode_head(response.status, headers))
    if head is None or head.method != "HEAD":
        await _write_body(writer, body, chunked=chunked)
    await writer.drain()


def _encode_head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # a provider's own, such as 529
        phrase = "Error"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{key}: {value}" for key, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _write_body(
    writer: asyncio.StreamWriter, body: bytes | Iterable[bytes], *, chunked: bool
) -> None:
    if isinstance(body, bytes):
        writer.write(body)
        return
    for piece in body:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")
