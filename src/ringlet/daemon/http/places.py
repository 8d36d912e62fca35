"""Places for clients that only hold a connection, so that there always is one for a request.

Each kind of waiting has so many places. Who comes when all are taken gets that of whoever has
held theirs for longest: an honest client that idles connects again when it has something to ask.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Final, Protocol

# Descriptors that are kept for requests, files and the sockets.
_RESERVE: Final = 64


class Holder(Protocol):
    """A connection."""

    @property
    def transport(self) -> asyncio.BaseTransport: ...


class Places:
    """The places for one kind of waiting: at most `most`, and that `part` of the descriptors."""

    def __init__(self, most: int, part: float) -> None:
        self._most = most
        self._part = part
        self._held: dict[Holder, None] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def most(self) -> int:
        """How many there are, by the limit of descriptors as it is now."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY:
            return self._most
        return max(2, min(self._most, int((soft - _RESERVE) * self._part)))

    def enter(self, holder: Holder) -> None:
        """Give it a place, if need be that of the one that has held theirs for longest."""
        self._held[holder] = None
        if len(self._held) > self.most:
            oldest = next(iter(self._held))
            self.leave(oldest)
            oldest.transport.abort()  # type: ignore[attr-defined]  # it is a Transport

    def leave(self, holder: Holder) -> None:
        """Its place is free."""
        self._held.pop(holder, None)
