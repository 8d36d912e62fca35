"""Asks for the reports of a scenario, and whether all of them agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from tests.unit.usage.player import Player
from tests.unit.usage.scenarios import Step

from ringlet.engine.usage.periods import period, zone_of
from ringlet.engine.usage.reports import GROUPS, Query, Reports
from ringlet.engine.usage.verification import verify
from ringlet.wire.replies.usage import Report, UsageRow

_NOW: Final = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
_FIGURES: Final = {
    "calls": "calls",
    "sessions": "sessions",
    "input": "input_tokens",
    "output": "output_tokens",
    "read": "cache_read_tokens",
    "5m": "cache_write_5m_tokens",
    "1h": "cache_write_1h_tokens",
    "reasoning": "reasoning_tokens",
    "total": "total_tokens",
    "web": "web_searches",
    "dollars": "cost",
    "billed": "billed_cost",
    "unpriced": "unpriced_calls",
}


def rows(player: Player, asked: Step) -> tuple[set[str], set[str]]:
    """The rows of a report as they are, and as they must be."""
    groups, _, figures = asked.words.partition("|")
    by = groups.split()
    zone = by.pop(0).removeprefix("tz=") if by and by[0].startswith("tz=") else "UTC"
    found = _report(player, tuple(by), zone)
    actual = [_text(row, by, figures.split()) for row in (found.rows if by else [found.total])]
    assert len(set(actual)) == len(actual)
    return set(actual), {" ".join(line.split()) for line in asked.lines}


def check_sums(player: Player, zones: tuple[str, ...]) -> None:
    """All reports of everything have the same sum, in whatever zone; and the files agree."""
    whole = _report(player, ("model",))
    unpriced = sorted(row.group["model"] for row in whole.rows if row.unpriced_calls)
    assert whole.unpriced_models == unpriced
    for by in [(name,) for name in GROUPS] + [("day", "model", "session", "project")]:
        for zone in zones:
            found = _report(player, by, zone)
            assert (found.total, found.unpriced_models) == (whole.total, unpriced)
            for name in _FIGURES.values():
                if name != "sessions":
                    parts = [getattr(row, name) or 0 for row in found.rows]
                    assert abs(sum(parts) - (getattr(whole.total, name) or 0)) < 1e-9, (by, zone)
    checked = verify(player.follower.ledger, player.follower.places(), player.folder)
    assert checked.agree, checked.differences


def _report(player: Player, by: tuple[str, ...], zone: str = "UTC") -> Report:
    chosen = period("all", since=None, until=None, zone=zone_of(zone, {}), now=_NOW)
    return Reports(player.follower.ledger, player.billing).report(Query(chosen, by))


def _text(row: UsageRow, by: list[str], figures: list[str]) -> str:
    values: list[Any] = [(row.group[name] or "-").replace(" ", "_") for name in by]
    values += ["|"] if by else []
    values += [getattr(row, _FIGURES[name]) for name in figures]
    return " ".join("-" if v is None else f"{v:.9g}" if isinstance(v, float) else str(v)
                    for v in values)  # fmt: skip
