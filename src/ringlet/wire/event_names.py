"""Which events there are, for those who ask for some by name."""

from __future__ import annotations

from collections.abc import Collection

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire import planned
from ringlet.wire.event_types import EVENTS


def sorted_out(names: Collection[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Those that there are, and those of a later part of this version.

    Raises INVALID_REQUEST for one that does not exist, UNSUPPORTED if none would ever come.
    """
    wanted = frozenset(names)
    later = wanted & planned.EVENTS
    if unknown := wanted - EVENTS.keys() - later:
        shown = ", ".join(repr(name[:60]) for name in sorted(unknown)[:10])
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"There are no events called {shown}",
            hint=f"There are: {', '.join(EVENTS)}",
        )
    if later and later == wanted:
        raise RingletError(
            ErrorCode.UNSUPPORTED,
            f"Not part of this version: {', '.join(sorted(later))}",
            hint=f"There are: {', '.join(EVENTS)}",
        )
    return wanted - later, tuple(sorted(later))
