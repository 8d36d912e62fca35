"""Events to many clients: encoded once, and one write for each client and turn of the loop."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from ringlet.engine.events import EventStream
from ringlet.wire.encoding import encode
from ringlet.wire.event_types import EventsMissed
from ringlet.wire.events import Event

# What may wait for a client that does not read, beside one burst.
MOST_WAITING: Final = 1 << 20
_LINGER_SECONDS: Final = 5.0
Filter = frozenset[str] | None


class Line(NamedTuple):
    """An event as it is sent; `text` is its JSON."""

    type: str
    seq: int
    text: bytes


class End(NamedTuple):
    """Why we end a stream, with the code that WebSockets have for it."""

    code: int
    reason: str


TOO_SLOW: Final = End(1013, "too slow: events were waiting for you to read them")
REPLACED: Final = End(1008, "the token was replaced")
GOING: Final = End(1012, "the daemon is shutting down")


class Follower(ABC):
    """A client of the stream. `wanted` are the types that it gets, None for all.

    Events are written to its transport directly; `ended` is done when we end the stream.
    """

    _is_over = False

    def __init__(self, transport: asyncio.Transport, wanted: Filter) -> None:
        self._transport = transport
        self._waiting = transport.get_write_buffer_size
        self._write = transport.write
        self.want(wanted)
        self.ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()

    @staticmethod
    @abstractmethod
    def frame(line: Line) -> bytes:
        """An event as this kind of client gets it."""

    def want(self, wanted: Filter) -> None:
        """Get these types from now on."""
        self.wanted = wanted
        self.kind = (type(self), wanted)  # clients of one kind get the same bytes

    def deliver(self, burst: bytes) -> None:
        """Write, or end a stream that has fallen too far behind. Called for every delivery."""
        waiting = self._waiting()
        # A burst beyond the limit is no fault of a client that has kept up so far.
        if waiting and waiting + len(burst) > MOST_WAITING:
            self.end(TOO_SLOW)
        elif not self._is_over:
            self._write(burst)

    def end(self, why: End) -> None:
        """End the stream; whoever does not read that within a few seconds is cut off."""
        if not self._is_over:
            self._is_over = True
            self.ended.set_result(why)
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._transport.abort)


class Followers:
    """All clients of the stream."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._followers: dict[Follower, None] = {}
        self._pending: list[Line] = []
        stream.subscribe(self._published)

    def __len__(self) -> int:
        return len(self._followers)

    def count(self, kind: type[Follower]) -> int:
        """How many there are of one kind."""
        return sum(type(each) is kind for each in self._followers)

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._stream.last

    def join(self, follower: Follower, since: int | None) -> None:
        """Send events from now on, or those after number `since` first."""
        self._flush()  # to the others; for this one those events are in the past
        self._followers[follower] = None
        if since is not None:
            self.replay(follower, since)

    def replay(self, follower: Follower, since: int) -> None:
        """Send once more what came after number `since`; what is not kept any more is told."""
        self._flush()
        events, complete = self._stream.since(since)
        lines = [encoded(event) for event in events]
        if not complete:
            following = events[0].seq if events else self.last + 1
            missed = EventsMissed(since, following)
            lines.insert(0, remark(following - 1, missed))
        burst = _burst(follower, lines)
        if burst:
            follower.deliver(burst)

    def tell(self, follower: Follower, data: msgspec.Struct) -> None:
        """Say something to one client."""
        follower.deliver(follower.frame(remark(self.last, data)))

    def leave(self, follower: Follower) -> None:
        """Send nothing more."""
        self._followers.pop(follower, None)

    def end(self, why: End) -> None:
        """End all streams, after what is still to be sent."""
        self._flush()
        for follower in self._followers:
            follower.end(why)

    def _published(self, event: Event) -> None:
        if not self._followers:
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(encoded(event))

    def _flush(self) -> None:
        lines, self._pending = self._pending, []
        bursts: dict[tuple[type[Follower], Filter], bytes] = {}
        for follower in self._followers if lines else ():
            burst = bursts.get(follower.kind)
            if burst is None:
                burst = bursts[follower.kind] = _burst(follower, lines)
            if burst:
                follower.deliver(burst)


def encoded(event: Event) -> Line:
    """An event, ready to be framed."""
    return Line(event.type, event.seq, encode(event))


def remark(seq: int, data: msgspec.Struct) -> Line:
    """Something said to one client in the form of an event."""
    kind = type(data).__name__
    values = msgspec.to_builtins(data)
    return encoded(Event(type=kind, timestamp=datetime.now(UTC), data=values, seq=seq))


def _burst(follower: Follower, lines: Iterable[Line]) -> bytes:
    wanted = follower.wanted
    return b"".join(
        [
            follower.frame(line)
            for line in lines
            if wanted is None or line.type in wanted or line.type == EventsMissed.__name__
        ]
    )
