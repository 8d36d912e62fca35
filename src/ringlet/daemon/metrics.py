"""The figures of a running daemon, for those who watch many machines."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ringlet import __version__
from ringlet.daemon.exposition import exposition
from ringlet.daemon.instruments import Counter, Gauge, Histogram, Instrument, Reading, Total
from ringlet.wire.event_types import ProfileStopped, UsageImported

if TYPE_CHECKING:
    from ringlet.engine.events import EventStream
    from ringlet.wire.events import Event


class Metrics:
    """What is counted, and what is looked up when somebody asks.

    Labels have few values: the types of requests, routes and events, never names of the user's.
    """

    def __init__(self, stream: EventStream) -> None:
        self._requests = Histogram(
            "ringlet_request_seconds", "Requests on the socket, by type.", "request"
        )
        self._routes = Histogram(
            "ringlet_http_request_seconds", "Requests over HTTP, by route.", "route"
        )
        self._answers = Counter(
            "ringlet_http_responses_total", "Answers over HTTP, by status.", "status"
        )
        self._events = Counter("ringlet_events_total", "Events that were published.", "type")
        self._ended = Counter("ringlet_runs_ended_total", "Runs that have ended.", "outcome")
        self._ran = Counter("ringlet_run_seconds_total", "How long ended runs took.")
        self._imported = Counter(
            "ringlet_usage_imported_total", "Answers taken in from homes that were imported."
        )
        self._looks: list[Callable[[], Awaitable[None]]] = []
        self.instruments: list[Instrument] = [
            self._requests, self._routes, self._answers, self._events, self._ended, self._ran,
            self._imported,
        ]  # fmt: skip
        self._add_process()
        for event in stream.since(0)[0]:  # what happened before anybody counted
            self._published(event)
        stream.subscribe(self._published)

    def gauge(
        self,
        name: str,
        text: str,
        read: Callable[[], Reading],
        *labels: str,
    ) -> None:
        """Add a figure that is looked up; with labels one for each key of what `read` gives."""
        self.instruments.append(Gauge(name, text, read, *labels))

    def look_first(self, look: Callable[[], Awaitable[None]]) -> None:
        """Have this awaited before figures are told: they are in files that must be read."""
        self._looks.append(look)

    async def look(self) -> None:
        """Bring up to date what can be looked up; to be awaited before figures are told."""
        for look in self._looks:
            await look()

    def request(self, kind: str, seconds: float) -> None:
        """A request on the socket was answered."""
        self._requests.observe(kind, seconds)

    def http(self, route: str, status: int, seconds: float) -> None:
        """A request over HTTP was answered."""
        self._routes.observe(route, seconds)
        self._answers.add(str(status))

    def text(self) -> str:
        """All figures, in Prometheus' text format."""
        return exposition(self.instruments)

    def _published(self, event: Event) -> None:
        self._events.add(event.type)
        if event.type == ProfileStopped.__name__:
            data: dict[str, Any] = event.data
            self._ended.add(str(data["outcome"]))
            self._ran.add(amount=float(data["runtime_secs"]))
        elif event.type == UsageImported.__name__:
            self._imported.add(amount=event.data["calls"])

    def _add_process(self) -> None:
        began = time.time()
        self.gauge(
            "ringlet_build_info", "Which version runs.", lambda: {__version__: 1.0}, "version"
        )
        self.gauge("process_start_time_seconds", "When the process began to count.", lambda: began)
        self.instruments.append(
            Total("process_cpu_seconds_total", "Processor time.", time.process_time)
        )
        self.gauge("process_resident_memory_bytes", "Its memory.", _resident)
        self.gauge("process_open_fds", "Its open descriptors.", _descriptors)


def _resident() -> float:
    import psutil  # loaded by whoever watches processes

    return float(psutil.Process().memory_info().rss)


def _descriptors() -> float:
    return float(len(os.listdir("/dev/fd")))
