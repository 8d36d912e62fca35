"""Usage and runs in the shapes of the original protocol.

There `sessions` are conversations where usage is grouped by date or model, and runs, with their
`runtime_secs`, where it is grouped by profile or agent and in the totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from ringlet.domain.billing import Billing
from ringlet.domain.usage import Tokens
from ringlet.engine.usage.periods import EVER, QUARTER, Period, spans
from ringlet.engine.usage.reports import (
    NOTHING,
    UNATTRIBUTED,
    Query,
    Reports,
    conditions,
    dollars,
    moment,
)
from ringlet.engine.usage.updates import original_tokens
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.queries import Span, Sum
from ringlet.store.ledger.runs import RunSum
from ringlet.wire.replies.usage import (
    AgentStats,
    AgentUsage,
    CostBreakdown,
    DateUsage,
    ModelStats,
    ModelUsage,
    ProfileStats,
    ProfileUsage,
    ProviderStats,
    RunStats,
    TokenUsage,
    UsageAggregates,
    UsageStats,
)

_MS: Final = QUARTER * 1000
_OF_RUNS: Final = ("profile", "agent", "provider", "model")
NO_RUNS: Final = RunSum("", 0, 0.0, 0.0, 0, 0, 0)


class Totals:
    """Makes them from the ledger; blocks."""

    def __init__(self, ledger: Ledger, billing: Mapping[str, Billing]) -> None:
        self._ledger = ledger
        self._billing = billing
        self._reports = Reports(ledger, billing)

    def usage(self, query: Query) -> UsageStats:
        """Totals of a period; what `query` groups by does not matter."""
        with self._ledger.snapshot():
            return self._usage(query)

    def _usage(self, query: Query) -> UsageStats:
        period, where = query.period, conditions(query.where)
        whole = self._clipped(period)
        found = self._ledger.sums([whole], (), where)
        total = found[0] if found else NOTHING
        runs = self._runs("", period, where).get("", NO_RUNS)
        by_profile = self._by_profile(whole, period, where)
        aggregates = UsageAggregates(
            total_tokens=_tokens(total.tokens),
            total_cost=_cost(total),
            by_date=self._by_date(period, whole, where),
            by_model=self._by_model(whole, where),
            by_profile=by_profile,
            by_agent=self._by_agent(whole, period, where),
        )
        return UsageStats(
            period=period.name,
            aggregates=aggregates,
            total_tokens=aggregates.total_tokens,
            total_cost=aggregates.total_cost,
            total_sessions=runs.runs,
            total_runtime_secs=round(runs.seconds, 3),
            billed_cost=_billed(by_profile.values()),
            unpriced_models=self._reports.unpriced(query),
            partial=False,
        )

    def runs(self, where: Mapping[str, str]) -> RunStats:
        """All runs that ended."""
        every = Period("all", *EVER, UTC, "UTC")
        agents = self._runs("agent", every, where)
        total = self._runs("", every, where).get("", NO_RUNS)
        return RunStats(
            by_agent={
                name: AgentStats(
                    runs.runs,
                    round(runs.seconds, 3),
                    runs.profiles,
                    round(runs.cpu_seconds, 3),
                    runs.peak_bytes,
                )
                for name, runs in agents.items()
            },
            by_provider={
                name: ProviderStats(runs.runs, round(runs.seconds, 3))
                for name, runs in self._runs("provider", every, where).items()
            },
            by_profile={
                name: ProfileStats(runs.runs, round(runs.seconds, 3), _time(runs.last))
                for name, runs in self._runs("profile", every, where).items()
            },
            by_model={
                name: ModelStats(runs.runs, round(runs.seconds, 3))
                for name, runs in self._runs("model", every, where).items()
            },
            total_sessions=total.runs,
            total_runtime_secs=round(total.seconds, 3),
        )

    def _clipped(self, period: Period) -> Span:
        bounds = self._ledger.bounds() or (0, 0)
        return Span("", max(period.start, bounds[0]), min(period.end, bounds[1]))

    def _runs(self, by: str, period: Period, where: Mapping[str, str]) -> dict[str, RunSum]:
        of_runs = {name: value for name, value in where.items() if name in _OF_RUNS}
        if len(of_runs) < len(where):  # runs know nothing of branches or sessions
            return {}
        found = self._ledger.run_sums(by, period.start * _MS, period.end * _MS, of_runs)
        return {each.name: each for each in found}

    def _by_date(
        self, period: Period, whole: Span, where: Mapping[str, str]
    ) -> dict[str, DateUsage]:
        if whole.start >= whole.end:
            return {}
        days = list(spans("day", whole.start, whole.end, period.zone))
        return {
            day.label: DateUsage(day.label, _tokens(day.tokens), _cost(day), day.sessions)
            for day in self._ledger.sums(days, (), where)
        }

    def _by_model(self, whole: Span, where: Mapping[str, str]) -> dict[str, ModelUsage]:
        return {
            each.names[0]: ModelUsage(
                each.names[0], _tokens(each.tokens), _cost(each), each.sessions
            )
            for each in self._ledger.sums([whole], ("model",), where)
        }

    def _by_agent(
        self, whole: Span, period: Period, where: Mapping[str, str]
    ) -> dict[str, AgentUsage]:
        runs = self._runs("agent", period, where)
        used = {each.names[0]: each for each in self._ledger.sums([whole], ("agent",), where)}
        return {
            name: AgentUsage(
                name,
                _tokens(used[name].tokens) if name in used else TokenUsage(),
                _cost(used[name]) if name in used else None,
                runs.get(name, NO_RUNS).runs,
                round(runs.get(name, NO_RUNS).seconds, 3),
            )
            for name in sorted({*used, *runs})
        }

    def _by_profile(
        self, whole: Span, period: Period, where: Mapping[str, str]
    ) -> dict[str, ProfileUsage]:
        runs = self._runs("profile", period, where)
        used = {each.names[0]: each for each in self._ledger.sums([whole], ("profile",), where)}
        pairs = self._ledger.sums([whole], ("profile", "provider"), where)
        providers = {each.names[0]: each.names[1] for each in pairs}
        found = {}
        for name in sorted({*used, *runs}):
            terms = self._billing.get(name, Billing())
            usage, ran = used.get(name), runs.get(name, NO_RUNS)
            found[name or UNATTRIBUTED] = ProfileUsage(
                profile=name or UNATTRIBUTED,
                provider_id=providers.get(name, ""),
                tokens=_tokens(usage.tokens) if usage else TokenUsage(),
                cost=_cost(usage) if usage else None,
                sessions=ran.runs,
                runtime_secs=round(ran.seconds, 3),
                last_used=_time(ran.last) or (moment(usage.last) if usage else None),
                billing=terms.mode,
                billed_cost=dollars(terms.billed(usage.cost.total))
                if usage and _cost(usage)
                else None,
            )
        return found


def _tokens(tokens: Tokens) -> TokenUsage:
    return TokenUsage(**original_tokens(tokens))


def _cost(found: Sum) -> CostBreakdown | None:
    if found.calls and found.calls == found.unpriced:
        return None
    cost = found.cost
    return CostBreakdown(
        dollars(cost.input),
        dollars(cost.output),
        dollars(cost.cache_write),
        dollars(cost.cache_read),
        dollars(cost.total),
    )


def _billed(profiles: Iterable[ProfileUsage]) -> float | None:
    known = [each.billed_cost for each in profiles if each.billed_cost is not None]
    return sum(known) if known else None


def _billed_of(usage: Sum, terms: Billing) -> float | None:
    return dollars(terms.billed(usage.cost.total)) if usage.calls > usage.unpriced else None


def _time(milliseconds: int) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
