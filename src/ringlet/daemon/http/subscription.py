"""What a client wants of the stream of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringlet.daemon.http.api import parse_query
from ringlet.daemon.http.followers import Filter
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.event_types import EVENTS

EVERYTHING: Final = "*"
PARAMETERS: Final = ("events", "since")


def subscription(query: bytes) -> tuple[Filter, int | None]:
    """The types and the number to begin after; raises INVALID_REQUEST."""
    given = parse_query(query, PARAMETERS)
    names = given["events"].split(",") if "events" in given else [EVERYTHING]
    return checked(names), number(given["since"]) if "since" in given else None


def checked(names: Iterable[str]) -> Filter:
    """The types, None for all; raises INVALID_REQUEST for one that does not exist."""
    wanted = frozenset(names)
    if EVERYTHING in wanted:
        return None
    if unknown := wanted - EVENTS.keys():
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"There are no events called {', '.join(sorted(map(repr, unknown)))}",
            hint=f"There are: {', '.join(EVENTS)}",
        )
    return wanted


def number(text: str) -> int:
    """The number of an event; raises INVALID_REQUEST."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RingletError(ErrorCode.INVALID_REQUEST, "The number of an event is digits only")
    return int(text)
