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


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_each_day_has_the_tokens_that_ccusage_finds(
    own_home: Path, tmp_path: Path, agent: str, zone: str
) -> None:
    need(_CCUSAGE.exists(), "ccusage (install it with: make peers)")
    write_corpus(own_home, size=24 << 20, talk=0.02)
    follower = Follower(own_home, tmp_path / "usage.db")
    follower.refresh()
    chosen = period("all", since=None, until=None, zone=zone_of(zone, {}), now=datetime.now(UTC))
    report = Reports(follower.ledger, {}).report(Query(chosen, ("day",), {"agent": agent}))
    ours = {
        row.group["day"]: (
            row.input_tokens,
            row.output_tokens,
            row.cache_read_tokens,
            row.cache_write_5m_tokens + row.cache_write_1h_tokens,
        )
        for row in report.rows
    }
    assert len(ours) > 10
    assert ours == _ccusage(own_home, agent, zone)
