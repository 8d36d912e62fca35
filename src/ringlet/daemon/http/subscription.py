"""What a client wants of the stream of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from ringlet.daemon.http.api import parse_query
from ringlet.daemon.http.followers import Filter
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.event_names import sorted_out
from ringlet.wire.event_types import Subscribed

EVERYTHING: Final = "*"
PARAMETERS: Final = ("events", "since")


class Wish(NamedTuple):
    """The types that a client gets, None for all, and those that it asked for in vain."""

    types: Filter
    later: tuple[str, ...] = ()


def subscription(query: bytes) -> tuple[Wish, int | None]:
    """The types and the number to begin after; raises as `checked` does."""
    given = parse_query(query, PARAMETERS)
    names = given["events"].split(",") if "events" in given else [EVERYTHING]
    return checked(names), number(given["since"]) if "since" in given else None


def checked(names: Iterable[str]) -> Wish:
    """What is to be had of these types.

    Raises INVALID_REQUEST for one that does not exist, UNSUPPORTED if all are of a later part.
    """
    wanted = frozenset(names)
    if EVERYTHING in wanted:
        return Wish(None)
    known, later = sorted_out(wanted)
    return Wish(known, later)


def number(text: str) -> int:
    """The number of an event; raises INVALID_REQUEST."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RingletError(ErrorCode.INVALID_REQUEST, "The number of an event is digits only")
    return int(text)


def subscribed(types: Filter, later: tuple[str, ...]) -> Subscribed:
    """What the client is told of what it gets from now on."""
    code = int(ErrorCode.UNSUPPORTED) if later else None
    return Subscribed(None if types is None else sorted(types), list(later), code)
