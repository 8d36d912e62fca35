"""Complete lines of a log that may be growing while it is read.

The file is read in blocks, and only lines that can matter are cut out of them: most of a
transcript is text that says nothing about usage.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")
_BLOCK: Final = 1 << 20
_LONGEST: Final = 64 << 20
_ATTEMPTS: Final = 200
# So that what it costs, in nano-dollars, is a number for SQLite, too.
_MOST: Final = 1 << 36
# A pair of surrogates, half a pair, or any other escape, so that `\\ud83d` is not taken for one.
_ESCAPES: Final = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[dD][89a-fA-F][\da-fA-F]{2}|\\."
)
_HALF: Final = len(r"\ud83d")


class Block(NamedTuple):
    """Complete lines: `data` begins at `start` of the file and ends behind a line end."""

    data: bytes
    start: int


def blocks(fd: int, offset: int) -> Iterator[Block]:
    """The complete lines from the offset on, many at a time.

    What follows the last line end is not given. A line of more than 64 MiB is given in parts.
    """
    rest = b""
    while data := os.pread(fd, _BLOCK, offset + len(rest)):
        end = data.rfind(b"\n") + 1
        if not end:
            rest += data
            if len(rest) < _LONGEST:
                continue
            end = 0
            whole, left = rest, b""
        else:
            whole, left = rest + data[:end], data[end:]
        yield Block(whole, offset)
        offset += len(whole)
        rest = left


def spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each line begins, and where it ends."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield start, end
        start = end + 1
    if start < len(data):
        yield start, len(data)


def marked(block: Block, marker: bytes) -> Iterator[tuple[bytes, int]]:
    """The lines that hold the marker, and where in the file each begins."""
    data, position = block.data, 0
    while (found := data.find(marker, position)) >= 0:
        start = data.rfind(b"\n", position, found) + 1 or position
        end = data.find(b"\n", found)
        position = len(data) if end < 0 else end + 1
        yield data[start : position - (end >= 0)], block.start + start


class Decoder(Generic[T]):
    """Decodes lines to records of a type, however they came to be on disk."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._fast = msgspec.json.Decoder(kind)

    def records(self, line: bytes) -> list[T]:
        """The records of a line: one, as a rule; none if nothing in it can be read."""
        record = self.record(line)
        if record is not None:
            return [record]
        return [record for found in scavenge(line) if (record := self._loose(found))]

    def record(self, line: bytes) -> T | None:
        """The record that a line is; None if it is not exactly one."""
        try:
            return self._fast.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _loose(self, found: dict[str, Any]) -> T | None:
        try:
            return msgspec.convert(found, self._kind, strict=False)
        except (msgspec.ValidationError, RecursionError):
            return None


def scavenge(line: bytes) -> list[dict[str, Any]]:
    """The JSON objects of a line with more or less than one: glued, torn, with NULs in it.

    One with half a surrogate pair is among them: the fast decoder refuses it.
    """
    text = tolerant(line.replace(b"\0", b""))
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    position = 0
    for _ in range(_ATTEMPTS):
        position = text.find("{", position)
        if position < 0:
            break
        try:
            record, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            position += 1
            continue
        if isinstance(record, dict):
            found.append(record)
    return found


def tolerant(data: bytes) -> str:
    """JSON as text that any parser takes, with a question mark for half a surrogate pair.

    Agents cut texts anywhere; what stays behind could be written to no file and no database.
    """
    return _ESCAPES.sub(_whole, data.decode("utf-8", "replace"))


def _whole(escape: re.Match[str]) -> str:
    return "?" if len(escape[0]) == _HALF else escape[0]


def number(value: int | float | None) -> int:
    """A count of tokens: null is none, and no file makes a sum go down or overflow."""
    if not value or value < 0:
        return 0
    return int(value) if value < _MOST else _MOST


def branch(name: str | None) -> str:
    """The branch that an agent noted down, empty if it found none.

    Some ask git for the abbreviated name of HEAD. On no branch that is HEAD itself, a name that
    git gives to no branch; Claude Code writes it outside of any repository, too.
    """
    return "" if name is None or name == "HEAD" else name
