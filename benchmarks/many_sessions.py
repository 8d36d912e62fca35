"""Usage with a million sessions in the ledger.

    benchmarks/many_sessions.py [SESSIONS]        1000000 unless given

Prints one JSON object. The ledger is filled before the daemon starts; every session has one answer.
`priced_s` is until the daemon has priced all of them anew, since the ledger knows other prices,
`usage_ms` what `ringlet usage --json` takes then, today's usage, as a program. The others are what
longer periods take that nobody asked for before, how long the daemon takes to end, and its memory.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from idle import rollup
from measure import RINGLET, Account, Goal, account, report

from ringlet.domain.usage import Call, Tokens
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.rows import Cost

_DAY_MS = 24 * 60 * 60 * 1000
_DAYS = 400
_BATCH = 5000
_PERIODS = {
    "today_by_session": ("usage", "sessions", "--period", "today", "--json"),
    "week_by_day": ("usage", "daily", "--period", "week", "--json"),
    "month_by_model": ("usage", "models", "--period", "month", "--json"),
    "all_by_day": ("usage", "daily", "--period", "all", "--json"),
    "all_by_model": ("usage", "models", "--period", "all", "--json"),
}


def main() -> None:
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with account() as user:
        _fill(user.config / "telemetry/usage.db", sessions)
        began = time.perf_counter()
        while json.loads(user.run("usage", "--json"))["partial"]:
            pass
        priced = time.perf_counter() - began
        first = user.milliseconds((RINGLET, "usage", "--json"))
        took = {name: user.milliseconds((RINGLET, *words)) for name, words in _PERIODS.items()}
        ends = _end(user)
        daemon = user.daemon()
        assert daemon is not None
        memory = rollup(Path("/proc") / str(daemon.pid))
    report(
        {"usage_ms": Goal(first, limit=500.0), "end_s": Goal(ends, limit=5.0)},
        {
            "sessions": sessions,
            "priced_s": round(priced, 2),
            "ms": took,
            "rss_mb": round(memory["Rss"], 1),
        },
    )


def _fill(path: Path, sessions: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True)
    ledger = Ledger(path)
    calls = _calls(sessions)
    while batch := list(itertools.islice(calls, _BATCH)):
        ledger.ingest(batch, [], lambda call: Cost(call.tokens.total))
    ledger.close()


def _calls(sessions: int) -> Iterator[Call]:
    chance = random.Random(1)  # noqa: S311 - the same ledger each time is the point
    now = time.time_ns() // 1_000_000
    for number in range(sessions):
        yield Call(
            source="claude",
            native_id=f"msg_{number:024}",
            time=now - _DAYS * _DAY_MS * (sessions - number) // sessions,
            tokens=Tokens(input=chance.randrange(500), output=chance.randrange(3000)),
            agent="claude",
            model=chance.choice(["claude-opus-5-5", "claude-sonnet-5"]),
            session=f"{chance.getrandbits(128):032x}",
            project=f"/code/app{number % 50}",
        )


def _end(user: Account) -> float:
    """Seconds until the daemon has ended."""
    began = time.perf_counter()
    user.run("daemon", "stop")
    took = time.perf_counter() - began
    user.run("agents", "list")
    return took


if __name__ == "__main__":
    main()
