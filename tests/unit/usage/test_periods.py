"""Days are as long as they are where the user is, and parts of a period are the whole of it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.domain.errors import RingletError
from ringlet.engine.usage.periods import EVER, blocks, period, spans, zone_of

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)  # a Wednesday
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) // 900


def chosen(word: str | None = None, zone: str = "UTC", **days: Any) -> tuple[int, int]:
    found = period(
        word, since=days.get("since"), until=days.get("until"), zone=zone_of(zone, {}), now=NOW
    )
    return found.start, found.end


WORDS = [
    (None, "2026-11-25", "2026-11-26"),
    ("today", "2026-11-25", "2026-11-26"),
    ("Yesterday", "2026-11-24", "2026-11-25"),
    ("week", "2026-11-23", "2026-11-26"),
    ("this_week", "2026-11-23", "2026-11-26"),
    ("thismonth", "2026-11-01", "2026-11-26"),
    ("7d", "2026-11-19", "2026-11-26"),
    ("last_7_days", "2026-11-19", "2026-11-26"),
    ("last7_days", "2026-11-19", "2026-11-26"),
    ("30days", "2026-10-27", "2026-11-26"),
    ("last30_days", "2026-10-27", "2026-11-26"),
]


@pytest.mark.parametrize(("word", "first", "end"), WORDS)
def test_words(word: str | None, first: str, end: str) -> None:
    assert chosen(word) == (at(f"{first}T00:00Z"), at(f"{end}T00:00Z"))


def test_all_is_everything() -> None:
    assert chosen("all") == chosen("all_time") == EVER


LENGTHS = [
    ("America/New_York", "2026-03-08", 23),
    ("America/New_York", "2026-11-01", 25),
    ("Europe/Berlin", "2026-03-29", 23),
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("Asia/Kathmandu", "2026-11-25", 24),
    ("America/Havana", "2026-03-08", 23),  # its clocks skip midnight
]


@pytest.mark.parametrize(("zone", "day", "hours"), LENGTHS)
def test_a_day_is_as_long_as_it_is_there(zone: str, day: str, hours: float) -> None:
    start, end = chosen(zone=zone, since=day, until=day)
    assert (end - start) / 4 == hours


def test_today_is_the_day_of_the_zone() -> None:
    assert chosen("today", "Asia/Tokyo") == (at("2026-11-24T15:00Z"), at("2026-11-25T15:00Z"))
    assert chosen("today", "Pacific/Apia")[0] == at("2026-11-25T11:00Z")


@pytest.mark.parametrize("days", [{"since": "2026-02-30"}, {"since": "soon"}, {"until": "1.1.2026"},
                                  {"since": "2026-11-25", "until": "2026-11-24"}])  # fmt: skip
def test_days_that_are_none_are_refused(days: Any) -> None:
    with pytest.raises(RingletError):
        chosen(**days)


def test_a_word_that_is_no_period_is_refused_with_those_that_are() -> None:
    with pytest.raises(RingletError) as error:
        chosen("fortnight")
    assert "yesterday" in error.value.hint


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RingletError, match="no time zone"):
        zone_of(name, {})


def test_the_zone_of_the_environment_counts_when_none_is_named() -> None:
    assert zone_of(None, {"TZ": "Asia/Tokyo"})[1] == "Asia/Tokyo"
    assert zone_of(None, {"TZ": ":nonsense/zone"})[1] == "UTC"


@given(
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(ZONES),
    st.integers(1_700_000, 2_000_000),
    st.integers(1, 60_000),
)
def test_the_parts_of_a_period_are_the_whole_of_it(
    unit: str, zone: str, start: int, length: int
) -> None:
    parts = list(spans(unit, start, start + length, ZoneInfo(zone)))
    assert parts[0].start == start
    assert parts[-1].end == start + length
    assert all(one.end == other.start for one, other in itertools.pairwise(parts))
    assert len({part.label for part in parts}) == len(parts)
    for part in parts:
        local = datetime.fromtimestamp(part.start * 900, ZoneInfo(zone)).date()
        monday = local - timedelta(local.weekday())
        expected = {"day": str(local), "week": str(monday), "month": str(local)[:7]}[unit]
        assert part.label == expected


def test_a_block_is_five_hours_from_the_full_hour_of_its_first_use() -> None:
    used = [at(f"2026-11-25T{time}Z") for time in ("09:45", "12:00", "13:45", "14:00", "23:30")]
    assert [(b.label, b.end - b.start) for b in blocks(used, UTC)] == [
        ("2026-11-25 09:00", 20),
        ("2026-11-25 14:00", 20),
        ("2026-11-25 23:00", 20),
    ]
