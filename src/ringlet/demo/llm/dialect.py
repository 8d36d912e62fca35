"""What the APIs have in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ringlet.demo.llm.document import Document, encode
from ringlet.demo.llm.reply import Reply
from ringlet.demo.llm.turn import Turn
from ringlet.domain.providers import Api

_WORDS_PER_PIECE = 3


def _nothing(path: str) -> Document:
    return {}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one API reads requests and writes replies.

    `write` gives the whole answer as one document; `stream` the same answer as server-sent
    events, encoded; `error` the body of an error with its HTTP status and message. `address` gives
    what the path says of a request in fields that stand beside those of its body.
    """

    api: Api
    read: Callable[[Document], Turn]
    write: Callable[[Turn, Reply], Document]
    stream: Callable[[Turn, Reply], Iterator[bytes]]
    error: Callable[[int, str], Document]
    address: Callable[[str], Document] = _nothing


def event(data: Document, *, named: bool = False) -> bytes:
    """One server-sent event; a named one carries its `type` as the event's name too."""
    head = f"event: {data['type']}\n" if named else ""
    return f"{head}data: {encode(data)}\n\n".encode()


def fresh_id(prefix: str) -> str:
    """An identifier that no other reply has: readers of usage logs count each only once."""
    return f"{prefix}{uuid.uuid4().hex}"


def pieces(text: str) -> Iterator[str]:
    """The text in the portions of a stream; joined they are the text again."""
    words = text.split(" ")
    for start in range(0, len(words), _WORDS_PER_PIECE):
        lead = " " if start else ""
        piece = lead + " ".join(words[start : start + _WORDS_PER_PIECE])
        if piece:
            yield piece
