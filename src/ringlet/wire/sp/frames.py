"""The bytes of the scalability protocols: greeting, frames, request headers. No I/O.

Each side greets with eight bytes: NUL "SP" NUL, its protocol number as a big-endian u16, two NULs.
A frame is a big-endian u64 length and that many bytes; on Unix sockets a byte 1 stands before it.
A request begins with a header of big-endian u32 words, the last of which has its high bit set; the
reply repeats that header. Source: the SP mappings for TCP and IPC, checked against NNG 1.11.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

HEADER_LIMIT: Final = 64
"""Bytes: fifteen hops, the most that NNG lets a request travel, and the request id."""

SKIP_LIMIT: Final = 1 << 30
"""Bytes: a longer frame is taken for an attack or an accident and not even skipped."""

IPC_LEAD: Final = b"\x01"
TCP_LEAD: Final = b""

_GREETING: Final = struct.Struct(">4sHH")
_LENGTH: Final = struct.Struct(">Q")


class FrameError(Exception):
    """The peer does not speak the expected protocol."""


class Role(IntEnum):
    """Protocol numbers; partners differ in the lowest bit."""

    PUB = 0x20
    SUB = 0x21
    REQ = 0x30
    REP = 0x31

    @property
    def partner(self) -> Role:
        """The only protocol that this one can talk to."""
        return Role(self ^ 1)


class Oversize(bytes):
    """The first `HEADER_LIMIT` bytes of a message beyond the limit; the rest is thrown away."""


def greeting(role: Role) -> bytes:
    """The eight bytes that a peer of this role sends first."""
    return _GREETING.pack(b"\0SP\0", role, 0)


def frame(lead: bytes, *parts: bytes) -> bytes:
    """One frame around the concatenated parts; `lead` is `IPC_LEAD` or `TCP_LEAD`."""
    return b"".join((lead, _LENGTH.pack(sum(map(len, parts))), *parts))


def header_size(message: bytes) -> int:
    """Length in bytes of the request header; raises `FrameError` if the message has none."""
    for start in range(0, min(len(message) - 3, HEADER_LIMIT), 4):
        if message[start] & 0x80:
            return start + 4
    raise FrameError("a request without a request id")


class FrameDecoder:
    """Cuts a stream of bytes, however it is chopped up, into messages.

    `limit` is the longest message that is kept, in bytes, and at least `HEADER_LIMIT`.
    """

    __slots__ = ("_buffer", "_greeting", "_lead", "_limit", "_skip")

    def __init__(self, partner: Role, lead: bytes, limit: int) -> None:
        self._buffer = bytearray()
        self._greeting = greeting(partner)
        self._lead = lead
        self._limit = limit
        self._skip = 0

    def feed(self, data: bytes) -> None:
        """Take in what arrived; what belongs to an oversize frame is forgotten at once."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        self._buffer += data

    def take_greeting(self) -> bool:
        """Whether the greeting is complete; raises `FrameError` at its first wrong byte."""
        received = bytes(self._buffer[: _GREETING.size])
        if not self._greeting.startswith(received):
            raise FrameError(f"unexpected greeting {received!r}")
        if len(received) < _GREETING.size:
            return False
        del self._buffer[: _GREETING.size]
        return True

    def next(self) -> bytes | None:
        """The next message or `Oversize`, None until more is fed; `FrameError` on nonsense."""
        arrived = len(self._buffer)
        if not arrived:
            return None
        if not self._buffer.startswith(self._lead):
            raise FrameError("a frame of unknown type")
        start = len(self._lead) + _LENGTH.size
        if arrived < start:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer, len(self._lead))
        if length > self._limit:
            return self._skip_frame(start, length)
        end = start + length
        if arrived < end:
            return None
        with memoryview(self._buffer) as view:
            message = bytes(view[start:end])
        del self._buffer[:end]
        return message

    def _skip_frame(self, start: int, length: int) -> Oversize | None:
        if length > SKIP_LIMIT:
            raise FrameError(f"a frame of {length} bytes")
        head = bytes(self._buffer[start : start + HEADER_LIMIT])
        if len(head) < HEADER_LIMIT:
            return None
        arrived = min(len(self._buffer) - start, length)
        del self._buffer[: start + arrived]
        self._skip = length - arrived
        return Oversize(head)
