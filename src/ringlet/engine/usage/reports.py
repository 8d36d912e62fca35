"""Usage grouped by anything, in such a way that the groups always sum up to the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ringlet.domain.billing import Billing
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Tokens
from ringlet.engine.usage.periods import QUARTER, Period, blocks, spans
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.queries import Span, Sum
from ringlet.wire.replies.usage import Report, UsageRow

TIMES: Final = ("day", "week", "month", "block")
GROUPS: Final = (
    *TIMES, "agent", "model", "session", "profile", "project", "branch", "provider", "account",
    "run",
)  # fmt: skip
FILTERS: Final = (
    "profile", "model", "agent", "provider", "account", "project", "branch", "session",
)  # fmt: skip
UNATTRIBUTED: Final = "unattributed"
_WHOSE: Final = ("profile", "account")
_MOST_GROUPS: Final = 4
NOTHING: Final = Sum("", (), 0, Tokens(), Cost(0), 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: the period, what to group by, and the values that groups must have."""

    period: Period
    by: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)


class Reports:
    """Answers queries from the ledger; blocks. `billing` is by profile, `api` if not named."""

    def __init__(self, ledger: Ledger, billing: Mapping[str, Billing]) -> None:
        self._ledger = ledger
        self._billing = billing

    def report(self, query: Query) -> Report:
        """The report; rows by time first, then by the most tokens."""
        _check(query.by)
        with self._ledger.snapshot():
            return self._report(query)

    def _report(self, query: Query) -> Report:
        where = conditions(query.where)
        names = [name for name in query.by if name not in TIMES]
        parts = self._spans(query, where)
        sums = self._ledger.sums(parts, names, where)
        undivided = [_clipped(query.period, self._ledger)]
        if names or parts != undivided:
            whole = self._ledger.sums(undivided, (), where)
        else:  # one sum over everything is asked for
            whole = sums
        billed = self._billed(sums, parts, names, where)
        rows = [
            _row(_group(query.by, found), found, billed.get((found.label, found.names), 0))
            for found in sums
        ]
        if not any(name in TIMES for name in query.by):
            rows.sort(key=lambda row: (-row.total_tokens, *row.group.values()))
        total = whole[0] if whole else NOTHING
        return Report(
            query.period.name,
            query.period.zone_name,
            list(query.by),
            rows,
            _row({}, total, sum(billed.values())),
            self.unpriced(query) if total.unpriced else [],
            partial=False,
        )

    def unpriced(self, query: Query) -> list[str]:
        """The models with calls that have no price, in order."""
        found = self._ledger.sums(
            [_clipped(query.period, self._ledger)], ("model",), conditions(query.where)
        )
        return sorted(each.names[0] for each in found if each.unpriced)

    def _billed(
        self,
        sums: Sequence[Sum],
        parts: Sequence[Span],
        names: Sequence[str],
        where: Mapping[str, str],
    ) -> dict[tuple[str, tuple[str, ...]], int]:
        """What is billed for each group, in nano-dollars: each profile has its own terms."""
        if not self._billing:
            return {(each.label, each.names): each.cost.total for each in sums}
        found: dict[tuple[str, tuple[str, ...]], int] = {}
        for each in self._ledger.sums(parts, (*names, "profile"), where):
            *group, profile = each.names
            place = (each.label, tuple(group))
            terms = self._billing.get(profile, Billing())
            found[place] = found.get(place, 0) + terms.billed(each.cost.total)
        return found

    def _spans(self, query: Query, where: Mapping[str, str]) -> list[Span]:
        period = query.period
        whole = _clipped(period, self._ledger)
        if whole.start >= whole.end:
            return []
        match [name for name in query.by if name in TIMES]:
            case []:
                return [whole]
            case ["block"]:
                used = self._ledger.quarters(whole.start, whole.end, where)
                return [
                    Span(label, max(start, whole.start), min(end, whole.end))
                    for label, start, end in blocks(used, period.zone)
                ]
            case [unit]:
                return list(spans(unit, whole.start, whole.end, period.zone))
            case units:
                raise RingletError(
                    ErrorCode.INVALID_REQUEST, f"{' and '.join(units)} do not go together"
                )


def conditions(where: Mapping[str, str]) -> dict[str, str]:
    """The filters as the ledger has them: usage that is nobody's has no profile or account."""
    return {
        name: "" if name in _WHOSE and value == UNATTRIBUTED else value
        for name, value in where.items()
    }


def moment(quarter: int) -> datetime:
    """The time in which a quarter-hour begins."""
    return datetime.fromtimestamp(quarter * QUARTER, UTC)


def dollars(nano: int) -> float:
    """Nano-dollars in dollars."""
    return nano / 1_000_000_000


def _check(by: Sequence[str]) -> None:
    for name in by:
        if name not in GROUPS:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Usage cannot be grouped by {name!r}",
                hint=f"Use one or more of {', '.join(GROUPS)}.",
            )
    if len(by) > _MOST_GROUPS or len(set(by)) < len(by):
        raise RingletError(
            ErrorCode.INVALID_REQUEST, f"Group by up to {_MOST_GROUPS} different things"
        )


def _clipped(period: Period, ledger: Ledger) -> Span:
    """The period, as far as anything was used in it."""
    bounds = ledger.bounds() or (0, 0)
    return Span("", max(period.start, bounds[0]), min(period.end, bounds[1]))


def _group(by: Sequence[str], found: Sum) -> dict[str, str]:
    names = iter(found.names)
    return {name: found.label if name in TIMES else _shown(name, next(names)) for name in by}


def _shown(name: str, value: str) -> str:
    return UNATTRIBUTED if name in _WHOSE and not value else value


def _row(group: dict[str, str], found: Sum, billed: int) -> UsageRow:
    tokens = found.tokens
    priced = found.calls > found.unpriced or not found.calls
    return UsageRow(
        group=group,
        calls=found.calls,
        sessions=found.sessions,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_tokens=tokens.cache_read,
        cache_write_5m_tokens=tokens.cache_write_5m,
        cache_write_1h_tokens=tokens.cache_write_1h,
        reasoning_tokens=tokens.reasoning,
        total_tokens=tokens.total,
        web_searches=tokens.web_searches,
        cost=dollars(found.cost.total) if priced else None,
        billed_cost=dollars(billed) if priced else None,
        unpriced_calls=found.unpriced,
        first_used=moment(found.first) if found.calls else None,
        last_used=moment(found.last) if found.calls else None,
    )
