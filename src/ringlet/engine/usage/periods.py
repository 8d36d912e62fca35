"""Periods and their parts, in a time zone.

A day is from midnight to midnight where the user is, be it 23 or 25 hours long. All bounds are
quarter-hours in UTC, and every time zone of today begins its days on one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.ledger.queries import Span

QUARTER: Final = 15 * 60
EVER: Final = (0, 1 << 40)
_WORDS: Final = {
    "today": "today",
    "yesterday": "yesterday",
    "week": "this_week",
    "thisweek": "this_week",
    "month": "this_month",
    "thismonth": "this_month",
    "7d": "last7_days",
    "7days": "last7_days",
    "last7days": "last7_days",
    "30d": "last30_days",
    "30days": "last30_days",
    "last30days": "last30_days",
    "all": "all",
    "alltime": "all",
}
WORDS: Final = ("today", "yesterday", "week", "month", "7d", "30d", "all")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Period(NamedTuple):
    """Quarter-hours from `start` up to `end`, with the zone that its days are in."""

    name: str
    start: int
    end: int
    zone: tzinfo
    zone_name: str


def day_of(text: str) -> datetime:
    """The beginning of a day, UTC. Raises INVALID_REQUEST."""
    return datetime.combine(_day(text), time(), UTC)


def zone_of(name: str | None, environ: Mapping[str, str]) -> tuple[tzinfo, str]:
    """A time zone by its name; without one that of the environment, or of the machine."""
    wanted = name or environ.get("TZ", "").lstrip(":") or _machine_zone()
    if wanted.upper() in ("UTC", "Z"):
        return UTC, "UTC"
    try:
        return ZoneInfo(wanted), wanted
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if not name:
            return UTC, "UTC"
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"There is no time zone {wanted!r}",
            hint="Give a name such as Europe/Berlin, America/New_York or UTC.",
        ) from error


def _machine_zone() -> str:
    try:
        return os.readlink("/etc/localtime").partition("zoneinfo/")[2] or "UTC"
    except OSError:
        return "UTC"


def period(
    word: str | None,
    *,
    since: str | None,
    until: str | None,
    zone: tuple[tzinfo, str],
    now: datetime,
) -> Period:
    """A period by its word, or from `since` to `until`, days which both belong to it."""
    if since or until:
        first = _day(since) if since else None
        last = _day(until) if until else None
        if first and last and last < first:
            raise RingletError(
                ErrorCode.INVALID_REQUEST, f"The period ends ({until}) before it begins ({since})"
            )
        return _between("", first, last, zone)
    name = _WORDS.get(re.sub(r"[_\s-]", "", (word or "today").lower()))
    if name is None:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{word!r} is not a period",
            hint=f"Use one of {', '.join(WORDS)}, or --since and --until with days.",
        )
    today = now.astimezone(zone[0]).date()
    return _between(name, *_days(name, today), zone)


def _days(name: str, today: date) -> tuple[date | None, date | None]:
    match name:
        case "today":
            return today, today
        case "yesterday":
            return today - timedelta(1), today - timedelta(1)
        case "this_week":
            return today - timedelta(today.weekday()), today
        case "this_month":
            return today.replace(day=1), today
        case "last7_days":
            return today - timedelta(6), today
        case "last30_days":
            return today - timedelta(29), today
        case _:
            return None, None


def _between(name: str, first: date | None, last: date | None, zone: tuple[tzinfo, str]) -> Period:
    start = midnight(first, zone[0]) if first else EVER[0]
    end = midnight(last + timedelta(1), zone[0]) if last else EVER[1]
    return Period(name or f"{first or ''}..{last or ''}", start, end, *zone)


def _day(text: str) -> date:
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise RingletError(
        ErrorCode.INVALID_REQUEST, f"{text!r} is not a day", hint="Write it as 2026-11-25."
    )


def midnight(day: date, zone: tzinfo) -> int:
    """The quarter-hour in which a day begins; where clocks skip midnight, after the gap."""
    return int(datetime.combine(day, time(), zone).timestamp()) // QUARTER


def local_day(quarter: int, zone: tzinfo) -> date:
    """The day that a quarter-hour belongs to."""
    return datetime.fromtimestamp(quarter * QUARTER, zone).date()


def spans(unit: str, start: int, end: int, zone: tzinfo) -> Iterator[Span]:
    """The days, weeks (by their Monday) or months from `start` up to `end`, cut at both ends."""
    day = _first_of(unit, local_day(start, zone))
    while (begin := midnight(day, zone)) < end:
        following = _next(unit, day)
        label = day.isoformat()[:7] if unit == "month" else day.isoformat()
        yield Span(label, max(begin, start), min(midnight(following, zone), end))
        day = following


def _first_of(unit: str, day: date) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(day.weekday()) if unit == "week" else day


def _next(unit: str, day: date) -> date:
    if unit == "month":
        return (day + timedelta(32)).replace(day=1)
    return day + timedelta(7 if unit == "week" else 1)


def blocks(quarters: list[int], zone: tzinfo) -> Iterator[Span]:
    """Windows of five hours, each beginning with the full hour (UTC) of its first use."""
    position = 0
    while position < len(quarters):
        start = quarters[position] // 4 * 4
        end = start + 20
        while position < len(quarters) and quarters[position] < end:
            position += 1
        local = datetime.fromtimestamp(start * QUARTER, zone)
        yield Span(local.strftime("%Y-%m-%d %H:%M"), start, end)
