"""How usage is shown to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ringlet.commands.session import Session
from ringlet.commands.text import duration
from ringlet.wire.replies.usage import CostBreakdown, Report, TokenUsage, UsageRow, UsageStats

_BARS: Final = "▁▂▃▄▅▆▇█"
_HEADS: Final = {"sub_agent": "Sub-agent"}
_WIDEST_BAR: Final = 60


def money(dollars: float | None) -> str:
    """An amount for people; a dash if no price is known."""
    if dollars is None:
        return "—"
    return f"${dollars:,.4f}" if 0 < dollars < 0.01 else f"${dollars:,.2f}"


def count(tokens: int) -> str:
    """A number of tokens with separators."""
    return f"{tokens:,}"


def report_table(session: Session, report: Report) -> list[str]:
    """The rows of a report, a line with the sum, and what has to be known about them."""
    heads = [name.capitalize() for name in report.by]
    heads += ["Calls", "Input", "Output", "Cache write", "Cache read", "Total", "Cost", "Billed"]
    rows = [[*row.group.values(), *_cells(row)] for row in report.rows]
    if len(rows) > 1:
        rows.append(["Total", *([""] * (len(report.by) - 1)), *_cells(report.total)])
    lines = session.table(heads, rows, empty=f"No usage in this period ({_period(report)}).")
    return [*lines, *_plot(report), *notes(report.unpriced_models)]


def summary(session: Session, stats: UsageStats, zone: str) -> list[str]:
    """Totals of a period, and usage by profile."""
    usage, cost = stats.total_tokens, stats.total_cost
    lines = [f"Usage: {stats.period.replace('_', ' ')} ({zone})", ""]
    lines += session.table(("", "Tokens", "Cost"), _summary_rows(usage, cost), empty="")
    runs = f"Runs: {stats.total_sessions}   Run time: {duration(stats.total_runtime_secs)}"
    lines += ["", f"{runs}   Billed: {money(stats.billed_cost)}", ""]
    profiles = sorted(
        stats.aggregates.by_profile.values(), key=lambda each: (-each.sessions, each.profile)
    )
    rows = [
        (
            each.profile,
            str(each.sessions),
            count(_total(each.tokens)),
            money(each.cost.total_cost if each.cost else None),
            each.billing,
            money(each.billed_cost),
            each.last_used.strftime("%Y-%m-%d %H:%M") if each.last_used else "never",
        )
        for each in profiles
    ]
    heads = ("Profile", "Runs", "Tokens", "Cost", "Billing", "Billed", "Last used")
    lines += session.table(heads, rows, empty="Nothing was used.")
    return [*lines, *notes(stats.unpriced_models)]


def notes(unpriced: Sequence[str]) -> list[str]:
    """What keeps the numbers from being the whole truth."""
    if not unpriced:
        return []
    names = ", ".join(name or "(no name)" for name in unpriced)
    return ["", f"No price is known for: {names}. Their cost is not in the sums."]


def sparkline(values: Sequence[int]) -> str:
    """Values as a row of bars, the highest full; nothing is left blank."""
    highest = max(values, default=0)
    if not highest:
        return ""
    top = len(_BARS) - 1
    return "".join(_BARS[-(-value * top // highest)] if value else " " for value in values)


def _plot(report: Report) -> list[str]:
    """Tokens over time, if that is what the rows are."""
    over_time = report.by and report.by[0] in ("day", "week", "month", "block")
    if len(report.by) != 1 or not over_time or len(report.rows) < 3:
        return []
    rows = report.rows[-_WIDEST_BAR:]
    labels = [row.group[report.by[0]] for row in rows]
    line = sparkline([row.total_tokens for row in rows])
    return ["", f"{labels[0]} {line} {labels[-1]}"]


def _cells(row: UsageRow) -> list[str]:
    return [
        count(row.calls),
        count(row.input_tokens),
        count(row.output_tokens),
        count(row.cache_write_5m_tokens + row.cache_write_1h_tokens),
        count(row.cache_read_tokens),
        count(row.total_tokens),
        money(row.cost),
        money(row.billed_cost),
    ]


def _summary_rows(usage: TokenUsage, cost: CostBreakdown | None) -> list[tuple[str, str, str]]:
    costs: list[float | None] = [None] * 5
    if cost is not None:
        costs = [getattr(cost, name) for name in CostBreakdown.__struct_fields__]
    tokens = [getattr(usage, name) for name in TokenUsage.__struct_fields__]
    names = ("Input", "Output", "Cache creation", "Cache read", "Total")
    rows = zip(names, [*tokens, _total(usage)], costs, strict=True)
    return [(name, count(number), money(dollars)) for name, number, dollars in rows]


def _total(usage: TokenUsage) -> int:
    cached = usage.cache_creation_input_tokens + usage.cache_read_input_tokens
    return usage.input_tokens + usage.output_tokens + cached


def _period(report: Report) -> str:
    return f"{report.period.replace('_', ' ')}, {report.tz}"
