"""A client of events that is away now and then, and comes back with the last number it has."""

from __future__ import annotations

import json
import random
import threading
from typing import Any, Final

from tests.e2e.event_clients import dial
from tests.e2e.site import Site
from websockets.exceptions import WebSocketException

_SECONDS: Final = 1.0


class ResumingClient:
    """Follows by WebSocket; `gaps` are events that should have come and did not.

    Within the life of one daemon numbers count up by one. A new daemon begins with DaemonStarted,
    and whoever comes back to it is told that he comes from before its time.
    """

    def __init__(self, site: Site, *, seed: int) -> None:
        self._site = site
        self._chance = random.Random(seed)  # noqa: S311 - repeatable
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow)
        self._last = 0
        self.gaps: list[str] = []
        self.heard = 0
        self.returns = 0

    def start(self) -> None:
        """Follow from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._stopping.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stopping.wait(self._chance.uniform(0.0, 2.0)):
            try:
                query = f"?since={self._last}" if self._last else ""
                with dial(self._site, query) as socket:
                    self.returns += 1
                    for _ in range(self._chance.randrange(1, 60)):
                        if self._stopping.is_set():
                            return
                        try:
                            self._take(json.loads(socket.recv(_SECONDS)))
                        except TimeoutError:
                            continue
            except (OSError, WebSocketException):
                continue  # between two daemons
            except Exception as error:  # whatever it is, it is what we look for
                self.gaps.append(repr(error))

    def _take(self, event: dict[str, Any]) -> None:
        kind, seq = event["type"], event["seq"]
        if kind == "EventsMissed":
            self._last = -1  # an earlier daemon's numbers; this one's first event comes next
            return
        if self._last == -1 and kind != "DaemonStarted":
            self.gaps.append(f"the new daemon's first event was {kind}")
        elif self._last > 0 and seq != self._last + 1:
            self.gaps.append(f"{kind} {seq} came after {self._last}")
        self._last = seq
        self.heard += 1
