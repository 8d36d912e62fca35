"""Requests about usage and runs in numbers."""

from __future__ import annotations

from pathlib import Path

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.usage.reports import FILTERS
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.prices import Prices
from ringlet.wire.replies.usage import Report, RunStats, UsageStats
from ringlet.wire.requests.usage import Stats, Usage, UsageImportClaude, UsagePrices, UsageReport

table = Table()


@table.on(Usage, "usage")
async def usage(call: Call, request: Usage) -> UsageStats:
    days: dict[str, str] = {}
    if isinstance(request.period, dict):
        days = request.period.get("date_range", {})
        if request.period.keys() != {"date_range"} or days.keys() != {"start", "end"}:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                "A date_range holds a start and an end, both days, and nothing else",
            )
    query = call.services.usage.query(
        None if isinstance(request.period, dict) else request.period,
        since=days.get("start"),
        until=days.get("end"),
        tz=request.tz,
        where={
            "profile": request.profile,
            "model": request.model,
            "agent": request.agent,
            "provider": request.provider,
            "account": request.account,
        },
    )
    return await call.services.usage.stats(query)


@table.on(UsageReport, "usage_report")
async def report(call: Call, request: UsageReport) -> Report:
    query = call.services.usage.query(
        request.period,
        since=request.since,
        until=request.until,
        tz=request.tz,
        by=_names(request.by),
        where={name: getattr(request, name) for name in FILTERS},
    )
    return await call.services.usage.report(query)


@table.on(UsagePrices, "usage_prices")
async def prices(call: Call, request: UsagePrices) -> Prices:
    return await call.services.usage.prices(_names(request.models), request.day)


@table.on(UsageImportClaude, "success")
async def import_claude(call: Call, request: UsageImportClaude) -> Message:
    folder = Path(request.claude_dir or call.services.paths.user_home / ".claude")
    result = await call.services.usage.import_claude(folder)
    return Message(result.message)


@table.on(Stats, "stats")
async def stats(call: Call, request: Stats) -> RunStats:
    return await call.services.usage.runs(request.agent_id, request.provider_id)


def _names(by: list[str] | str) -> list[str]:
    return [name.strip() for name in by.split(",") if name.strip()] if isinstance(by, str) else by
