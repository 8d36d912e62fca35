"""A home with transcripts and a ledger that follows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ringlet.domain.usage import Call, Tokens
from ringlet.engine.usage.ingestion import Ingestion
from ringlet.engine.usage.places import Place, places_in, readers
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.positions import Home
from ringlet.store.ledger.queries import Span
from ringlet.store.ledger.rows import Cost, Pricing

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
        "cwd": "/work/app",
        "requestId": f"req_{number}",
        "message": {"id": f"msg_{number:024}", "model": "sonnet", "usage": usage},
    }
    return json.dumps(line).encode() + b"\n"


class Follower:
    """One ledger and what it follows; `begin` is what a restart of the daemon does."""

    def __init__(
        self, home: Path, path: Path, profile: str = "work", price: Pricing = free
    ) -> None:
        self.home = home
        self._price = price
        self.profile = profile
        self.ledger = Ledger(path)
        self.begin()

    def begin(self) -> None:
        self.ingestion = Ingestion(
            ledger=self.ledger, price=self._price, runs_at=lambda profile, start, end: ()
        )

    def refresh(self) -> int:
        """Read what is new; how many answers were."""
        return self.ingestion.refresh(self.places()).calls

    def places(self) -> list[Place]:
        homes = [Home(str(self.home), agent, self.profile) for agent in readers()]
        return [place for home in homes for place in places_in(home)]

    def rows(self) -> dict[str, Tokens]:
        return {row.key: row.tokens for block in self.ledger.records() for row in block}

    def calls(self) -> int:
        return sum(found.calls for found in self.ledger.sums(EVER, (), {}))


def transcript(home: Path, name: str = "s1") -> Path:
    path = home / f".claude/projects/-work-app/{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
