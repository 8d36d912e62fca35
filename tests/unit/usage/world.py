"""A home with transcripts and a ledger that follows them."""

from __future__ import annotations

import ctypes
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Call, Tokens
from ringlet.engine.usage.ingestion import Ingestion
from ringlet.engine.usage.noticing import Noticer
from ringlet.engine.usage.places import Place, places_in, readers
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.positions import Home
from ringlet.store.ledger.queries import Span
from ringlet.store.ledger.rows import Pricing

EVER = [Span("", 0, 1 << 40)]


def free(call: Call) -> Cost:
    return Cost(0)


def answer(number: int, *, session: str = "s1", output: int = 5, hour: int = 9) -> bytes:
    """A line of a transcript; the number makes its id."""
    usage = {"input_tokens": 10, "output_tokens": output}
    line: dict[str, Any] = {
        "type": "assistant",
        "timestamp": f"2026-11-20T{hour:02}:33:47.972Z",
        "sessionId": session,
        "cwd": "/code/app",
        "requestId": f"req_{number}",
        "message": {"id": f"msg_{number:024}", "model": "sonnet", "usage": usage},
    }
    return json.dumps(line).encode() + b"\n"


class Follower:
    """One ledger and what it follows; `begin` is what a restart of the daemon does."""

    def __init__(
        self,
        home: Path,
        path: Path,
        profile: str = "work",
        price: Pricing = free,
        noticer: Noticer | None = None,
    ) -> None:
        self.home = home
        self._price = price
        self._noticer = noticer
        self.profile = profile
        self.ledger = Ledger(path)
        self.begin()

    def begin(self) -> None:
        self.is_over = False
        self.ingestion = Ingestion(
            ledger=self.ledger,
            price=self._price,
            runs_at=lambda profile, start, end: (),
            news=self._news,
            is_over=lambda: self.is_over,
        )

    def refresh(self) -> int:
        """Read what is new; how many answers were."""
        places = self.places()
        if self._noticer is not None:
            self._noticer.watch((place.home, root) for place in places for root in place.roots)
        return self.ingestion.refresh(places).calls

    def _news(self, home: Path, root: str) -> set[str] | None:
        return self._noticer.news(home, root) if self._noticer is not None else None

    def places(self) -> list[Place]:
        homes = [Home(str(self.home), agent, self.profile) for agent in readers()]
        return [place for home in homes for place in places_in(home)]

    def rows(self) -> dict[str, Tokens]:
        return {row.key: row.tokens for block in self.ledger.records() for row in block}

    def calls(self) -> int:
        return sum(found.calls for found in self.ledger.sums(EVER, (), {}))


def transcript(home: Path, name: str = "s1") -> Path:
    path = home / f".claude/projects/-code-app/{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


_CAPABILITIES = struct.pack("Ii", 0x20080522, 0)  # in their third version, of this thread
_READ_EVERYTHING = 0b110


@contextmanager
def powerless() -> Iterator[None]:
    """Without root's power to read everything, if the tests have it."""
    if os.geteuid() != 0:
        yield
        return
    libc, had = ctypes.CDLL(None), ctypes.create_string_buffer(24)
    assert libc.capget(_CAPABILITIES, had) == 0
    (effective,) = struct.unpack_from("I", had.raw)
    left = struct.pack("I", effective & ~_READ_EVERYTHING) + had.raw[4:]
    assert libc.capset(_CAPABILITIES, left) == 0
    try:
        yield
    finally:
        libc.capset(_CAPABILITIES, had.raw[:24])
