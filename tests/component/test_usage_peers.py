"""What another program counts in the same transcripts, token by token."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.components import need
from tests.corpus import write_corpus
from tests.unit.agents.test_usage_codex import LATER, PARENT, counts, meta, rollout, total, turn
from tests.unit.usage.world import Follower

from ringlet.engine.usage.periods import period, zone_of
from ringlet.engine.usage.reports import Query, Reports

_CCUSAGE = Path(__file__).resolve().parents[2] / ".peers/node_modules/.bin/ccusage"


def _ccusage(home: Path, agent: str, zone: str) -> dict[str, tuple[int, ...]]:
    """Tokens of each day: input, output, cache reads, cache writes."""
    done = subprocess.run(
        [_CCUSAGE, agent, "daily", "--json", "--offline", "--timezone", zone],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    days: list[dict[str, Any]] = json.loads(done.stdout)["daily"]
    return {day["date"]: _tokens(day, agent) for day in days}


def _tokens(day: dict[str, Any], agent: str) -> tuple[int, ...]:
    read = day.get("cachedInputTokens", day.get("cacheReadTokens", 0))
    written = day.get("cacheCreationTokens", 0)
    return day["inputTokens"], day["outputTokens"], read, written


def _ours(home: Path, database: Path, agent: str, zone: str) -> dict[str, tuple[int, ...]]:
    """The same, as the ledger has it."""
    follower = Follower(home, database)
    follower.refresh()
    chosen = period("all", since=None, until=None, zone=zone_of(zone, {}), now=datetime.now(UTC))
    report = Reports(follower.ledger, {}).report(Query(chosen, ("day",), {"agent": agent}))
    return {
        row.group["day"]: (
            row.input_tokens,
            row.output_tokens,
            row.cache_read_tokens,
            row.cache_write_5m_tokens + row.cache_write_1h_tokens,
        )
        for row in report.rows
    }


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_each_day_has_the_tokens_that_ccusage_finds(
    own_home: Path, tmp_path: Path, agent: str, zone: str
) -> None:
    need(_CCUSAGE.exists(), "ccusage (install it with: make peers)")
    write_corpus(own_home, size=24 << 20, talk=0.02)
    ours = _ours(own_home, tmp_path / "usage.db", agent, zone)
    assert len(ours) > 10
    assert ours == _ccusage(own_home, agent, zone)


def test_what_forks_of_codex_inherit_is_what_ccusage_skips(own_home: Path, tmp_path: Path) -> None:
    need(_CCUSAGE.exists(), "ccusage (install it with: make peers)")
    after = "2026-11-25T22:40:00.000Z"
    goes_on = total(counts(320, 110, 36), counts(70, 20, 6), LATER)
    rollout(own_home, "t1", meta(), turn(), *PARENT, goes_on)
    forks = {
        "t2": [*PARENT, total(counts(320, 110, 36), counts(70, 20, 6), after)],
        "t3": [total(counts(50, 10, 5), counts(50, 10, 5), "2026-11-25T22:41:00.000Z")],
        "t4": [
            PARENT[0],
            total(counts(131, 51, 14), counts(31, 11, 4), "2026-11-25T22:42:00.000Z"),
        ],
    }
    for thread, lines in forks.items():
        rollout(own_home, thread, meta(thread, forked_from_id="t1"), turn(), *lines)
    for path in own_home.rglob("rollout-*.jsonl"):  # as Codex writes it, without spaces
        path.write_text(path.read_text().replace('": ', '":').replace(', "', ',"'))
    ours = _ours(own_home, tmp_path / "usage.db", "codex", "UTC")
    # 320 of the parent, then 70, 50 and 31 of the forks; 110 + 20 + 10 + 11 of these were cached.
    assert ours == {"2026-11-25": (320, 51, 151, 0)}
    assert ours == _ccusage(own_home, "codex", "UTC")
