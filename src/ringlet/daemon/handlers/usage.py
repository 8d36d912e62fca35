"""Requests about usage and runs in numbers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.usage.reports import FILTERS
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.ledger import UsageFindings, UsageMerged, UsageRecord, UsageRecords
from ringlet.wire.replies.prices import Prices
from ringlet.wire.replies.usage import ImportResult, Report, RunStats, UsageStats
from ringlet.wire.requests.usage import (
    Stats,
    Usage,
    UsageExport,
    UsageImport,
    UsageImportClaude,
    UsageMerge,
    UsagePrices,
    UsageReport,
    UsageVerify,
)

table = Table()
_BLOCK: Final = 1000


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
    folder = _folder(call, request.claude_dir or "~/.claude")
    result = await call.services.usage.import_claude(folder)
    return Message(result.message)


@table.on(UsageImport, "usage_imported")
async def import_home(call: Call, request: UsageImport) -> ImportResult:
    folder = _folder(call, request.home or "~")
    call.services.usage.require_profile(request.profile)
    return await call.services.usage.import_home(folder, request.agent_id, request.profile)


@table.on(UsageExport, "usage_records")
async def export(call: Call, request: UsageExport) -> UsageRecords:
    asked = call.services.usage.query(
        request.period or "all", since=request.since, until=request.until, tz=request.tz
    )
    return await call.services.usage.page(asked.period, request.after, request.limit)


@table.on(UsageMerge, "usage_merged")
async def merge(call: Call, request: UsageMerge) -> UsageMerged:
    async def blocks() -> AsyncIterator[list[UsageRecord]]:
        for start in range(0, len(request.records), _BLOCK):
            yield request.records[start : start + _BLOCK]

    seen, news = await call.services.usage.merge("a request", blocks())
    return UsageMerged(seen, news)


@table.on(UsageVerify, "usage_findings")
async def verify(call: Call, request: UsageVerify) -> UsageFindings:
    return await call.services.usage.verify()


@table.on(Stats, "stats")
async def stats(call: Call, request: Stats) -> RunStats:
    return await call.services.usage.runs(request.agent_id, request.provider_id)


def _folder(call: Call, text: str) -> Path:
    """A folder that a request names; raises INVALID_REQUEST unless it means one place only."""
    if text == "~" or text.startswith("~/"):
        text = str(call.services.paths.user_home) + text[1:]
    path = os.path.normpath(text)
    if not os.path.isabs(path) or path.startswith(("/proc/", "/dev/")):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{text!r} is not the path of a folder of yours",
            hint="Give a path that begins with / or ~/.",
        )
    return Path(path)


def _names(by: list[str] | str) -> list[str]:
    return [name.strip() for name in by.split(",") if name.strip()] if isinstance(by, str) else by
