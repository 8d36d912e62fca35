"""When a budget warns and when it is used up, and which time it covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.domain.budgets import (
    Budget,
    BudgetPeriod,
    Level,
    Scope,
    checked,
    evaluate,
    nano_of_usd,
    window,
)
from ringlet.domain.errors import RingletError

USD = 10**9
WORK = Scope("profile", "work")
BERLIN = ZoneInfo("Europe/Berlin")


def dollars(limit: int, *, warn: int = 80) -> Budget:
    return checked(Budget(WORK, "daily", limit_nano=limit * USD, warn=warn))


@pytest.mark.parametrize(
    ("spent", "level", "percent"),
    [
        (0, Level.FINE, 0),
        (16 * USD - 1, Level.FINE, 79),
        (16 * USD, Level.WARNING, 80),
        (20 * USD - 1, Level.WARNING, 99),
        (20 * USD, Level.REACHED, 100),
        (30 * USD, Level.REACHED, 150),
    ],
)
def test_levels_begin_exactly_at_their_share(spent: int, level: Level, percent: int) -> None:
    state = evaluate(dollars(20), spent, 0)
    assert (state.level, state.percent) == (level, percent)


def test_of_two_limits_the_nearer_one_counts() -> None:
    budget = checked(Budget(WORK, "daily", limit_nano=100 * USD, limit_tokens=1000))
    assert evaluate(budget, 1 * USD, 1000).level == Level.REACHED
    assert evaluate(budget, 100 * USD, 1).level == Level.REACHED
    assert evaluate(budget, 1 * USD, 10).percent == 1


def test_without_a_limit_in_tokens_they_do_not_matter() -> None:
    assert evaluate(dollars(20), 0, 10**12).level == Level.FINE


def test_a_warning_at_100_percent_is_none() -> None:
    assert evaluate(dollars(20, warn=100), 20 * USD - 1, 0).level == Level.FINE


def test_a_state_is_told_in_one_sentence() -> None:
    budget = checked(Budget(WORK, "daily", limit_nano=20 * USD, limit_tokens=2_000_000))
    assert evaluate(budget, 19 * USD + 999_000_000, 1_500_000).describe() == (
        "Profile work: $19.99 of $20.00 and 1,500,000 of 2,000,000 tokens used today (99 %)"
    )
    everybody = checked(Budget(Scope("all"), "monthly", limit_tokens=10))
    assert evaluate(everybody, 0, 5).describe() == (
        "All profiles together: 5 of 10 tokens used this month (50 %)"
    )


@pytest.mark.parametrize(
    "budget",
    [
        Budget(WORK, "daily"),
        Budget(WORK, "daily", limit_nano=0),
        Budget(WORK, "daily", limit_tokens=-1),
        Budget(WORK, "daily", limit_nano=10**19),
        Budget(WORK, "daily", limit_nano=1, warn=0),
        Budget(WORK, "daily", limit_nano=1, warn=101),
        Budget(Scope("all", "work"), "daily", limit_nano=1),
        Budget(Scope("provider"), "daily", limit_nano=1),
    ],
)
def test_what_makes_no_sense_is_refused(budget: Budget) -> None:
    with pytest.raises(RingletError) as caught:
        checked(budget)
    assert caught.value.hint


def test_amounts_are_read_as_people_write_them() -> None:
    assert [nano_of_usd(text) for text in ("20", " $7.50", "0.000000001")] == [
        20 * USD,
        7_500_000_000,
        1,
    ]
    assert nano_of_usd("1e999") > 10**18, "refused by `checked`"


@pytest.mark.parametrize("text", ["", "much", "nan", "inf", "1,5", "20 EUR"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(RingletError, match="not an amount"):
        nano_of_usd(text)


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        ("daily", "2026-11-25", "2026-11-26"),
        ("weekly", "2026-11-23", "2026-11-30"),
        ("monthly", "2026-11-01", "2026-12-01"),
    ],
)
def test_periods_begin_at_midnight_of_the_zone(
    period: BudgetPeriod, first: str, following: str
) -> None:
    now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC).astimezone(BERLIN)
    assert [end.isoformat() for end in window(period, now)] == [
        f"{first}T00:00:00+01:00",
        f"{following}T00:00:00+01:00",
    ]


def test_days_on_which_clocks_change_are_shorter_or_longer() -> None:
    for day, hours in ((datetime(2026, 3, 29, 12), 23), (datetime(2026, 10, 25, 12), 25)):
        start, end = window("daily", day.replace(tzinfo=BERLIN))
        assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


def test_december_is_followed_by_january() -> None:
    _, end = window("monthly", datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert end == datetime(2027, 1, 1, tzinfo=UTC)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"]),
    st.sampled_from(["daily", "weekly", "monthly"]),
)
def test_a_moment_is_in_one_period_only(now: datetime, zone: str, period: BudgetPeriod) -> None:
    moment = now.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    start, end = window(period, moment)
    assert start.astimezone(UTC) <= moment.astimezone(UTC) < end.astimezone(UTC)
    before, _ = window(
        period, (start.astimezone(UTC) - timedelta(hours=2)).astimezone(start.tzinfo)
    )
    assert before < start
    assert window(period, end)[0] == end


@given(st.integers(1, 10**15), st.integers(1, 100), st.integers(0, 10**15), st.integers(0, 10**9))
def test_more_usage_never_lowers_the_level(limit: int, warn: int, spent: int, more: int) -> None:
    budget = checked(Budget(WORK, "daily", limit_nano=limit, warn=warn))
    assert evaluate(budget, spent, 0).level <= evaluate(budget, spent + more, 0).level
