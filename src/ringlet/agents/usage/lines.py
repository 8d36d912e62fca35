"""The lines in a block of a log, and the records in a line.

Only lines that can matter are cut out of a block: most of a transcript is text that says nothing
about usage. What a line costs is in proportion to its length, whatever stands in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec

from ringlet.agents.usage.logs import Block

T = TypeVar("T")
Text = Annotated[str, msgspec.Meta(max_length=4096)] | None
"""A name, a path, a time: what is longer is none, and would be stored with each answer."""

# What is no single record is looked through for some in Python, which makes objects of all of it.
_LONGEST_LOOSE: Final = 1 << 20
_MOST_OBJECTS: Final = 100_000  # in what is longer than that: each takes ten times its text
_ATTEMPTS: Final = 200
_FREE: Final = 1 << 20  # characters that may be looked at again, and how often all of them
_TIMES: Final = 4
_DEEPEST: Final = 20_000  # characters that are looked at until it is nested too deeply
# So that what it costs, in nano-dollars, is a number for SQLite, too.
_MOST: Final = 1 << 36
# A pair of surrogates, half a pair, or any other escape, so that `\\ud83d` is not taken for one.
_ESCAPES: Final = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[dD][89a-fA-F][\da-fA-F]{2}|\\."
)
_HALF: Final = len(r"\ud83d")


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
        self._unreadable = 0

    def records(self, line: bytes) -> list[T]:
        """The records of a line: one, as a rule; none if nothing in it can be read."""
        record = self.record(line)
        if record is not None:
            return [record]
        found = [record for each in scavenge(line) if (record := self._loose(each))]
        self._unreadable += not found
        return found

    def record(self, line: bytes) -> T | None:
        """The record that a line is; None if it is not exactly one, or of too many parts."""
        if len(line) > _LONGEST_LOOSE and line.count(b"{") > _MOST_OBJECTS:
            return None
        try:
            return self._fast.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def take_unreadable(self) -> int:
        """How many lines since the last time had nothing in them that can be read."""
        count, self._unreadable = self._unreadable, 0
        return count

    def _loose(self, found: dict[str, Any]) -> T | None:
        try:
            return msgspec.convert(found, self._kind, strict=False)
        except (msgspec.ValidationError, RecursionError):
            return None


def scavenge(line: bytes) -> list[dict[str, Any]]:
    """The JSON objects of a line with more or less than one: glued, torn, with NULs in it.

    One with half a surrogate pair is among them: the fast decoder refuses it.
    """
    if len(line) > _LONGEST_LOOSE:
        return []
    text = tolerant(line.replace(b"\0", b""))
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    position, work = 0, _FREE + _TIMES * len(text)
    for _ in range(_ATTEMPTS):
        position = text.find("{", position)
        if position < 0 or work < 0:
            break
        try:
            record, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            work -= _looked_at(error, position, len(text))
            position += 1
            continue
        if isinstance(record, dict):
            found.append(record)
    return found


def _looked_at(error: Exception, start: int, size: int) -> int:
    """How many characters it took to find out that there is no record at a place."""
    if isinstance(error, RecursionError):
        return min(_DEEPEST, size - start)
    if isinstance(error, json.JSONDecodeError) and not error.msg.startswith("Unterminated"):
        return error.pos - start
    return size - start  # a text without an end was looked for to the end


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
