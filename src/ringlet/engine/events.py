"""The one stream of events: whoever commits a change says so here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ringlet.domain.profiles import Profile
from ringlet.wire.events import Event

if TYPE_CHECKING:
    import asyncio

KEPT: Final = 1024


class EventStream:
    """Numbers events, hands each to every sink, in order, and keeps the last ones.

    Numbers begin at the time in microseconds, so that those of the next daemon are higher: a
    client that comes back after a restart hears that it has missed something.
    """

    def __init__(self) -> None:
        self._sinks: list[Callable[[Event], None]] = []
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._news: asyncio.Event | None = None
        self.last = time.time_ns() // 1000  # the number of the last event

    def subscribe(self, sink: Callable[[Event], None]) -> None:
        """Call `sink` with every event from now on; it must not block."""
        self._sinks.append(sink)

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Something has changed; `kind` is the documented name, such as ProfileCreated."""
        self.last += 1
        event = Event(type=kind, timestamp=datetime.now(UTC), data=data, seq=self.last)
        self._kept.append(event)
        for sink in self._sinks:
            sink(event)
        if self._news is not None:
            self._news.set()
            self._news = None

    def since(self, seq: int) -> tuple[list[Event], bool]:
        """The events after number `seq`, and whether these are all that there were."""
        oldest = self.last - len(self._kept)
        if oldest <= seq <= self.last:
            return [event for event in self._kept if event.seq > seq], True
        return list(self._kept), False

    async def after(self, seq: int) -> tuple[list[Event], bool]:
        """Like `since`, but waits until there is something."""
        import asyncio  # not before the first reply

        while seq == self.last:
            if self._news is None:
                self._news = asyncio.Event()
            await self._news.wait()
        return self.since(seq)


def profile_created(profile: Profile) -> dict[str, Any]:
    """The data of a ProfileCreated event."""
    return {
        "alias": profile.alias,
        "agent_id": profile.agent_id,
        "provider_id": profile.provider_id,
        "model": profile.model,
    }
