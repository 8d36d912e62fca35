"""The one stream of events: whoever commits a change says so here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ringlet.domain.profiles import Profile
from ringlet.wire.events import Event


class EventStream:
    """Numbers events and hands each to every sink, in order."""

    def __init__(self) -> None:
        self._sinks: list[Callable[[Event], None]] = []
        self._seq = 0

    def subscribe(self, sink: Callable[[Event], None]) -> None:
        """Call `sink` with every event from now on; it must not block."""
        self._sinks.append(sink)

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Something has changed; `kind` is the documented name, such as ProfileCreated."""
        self._seq += 1
        event = Event(type=kind, timestamp=datetime.now(UTC), data=data, seq=self._seq)
        for sink in self._sinks:
            sink(event)


def profile_created(profile: Profile) -> dict[str, Any]:
    """The data of a ProfileCreated event."""
    return {
        "alias": profile.alias,
        "agent_id": profile.agent_id,
        "provider_id": profile.provider_id,
        "model": profile.model,
    }
