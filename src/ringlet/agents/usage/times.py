"""Times as agents write them down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

# Years 2000 to 2200: what lies outside is no time of an answer.
_EARLIEST: Final = 946_684_800_000
_LATEST: Final = 7_258_118_400_000


def milliseconds(text: str | None) -> int | None:
    """An RFC 3339 time in milliseconds since 1970, UTC; None if it is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # Seconds are exact to a quarter of a microsecond, and much quicker than differences of times.
    return plausible(round(moment.timestamp() * 1_000_000) // 1000)


def plausible(time: int | float | None) -> int | None:
    """Milliseconds since 1970 if they can be the time of an answer."""
    return int(time) if time and _EARLIEST <= time < _LATEST else None
