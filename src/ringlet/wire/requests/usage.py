"""Requests about usage, cost and runs in numbers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringlet.wire.protocol import MOST_RECORDS
from ringlet.wire.replies.ledger import UsageRecord
from ringlet.wire.requests.base import Request


class Usage(Request, frozen=True, tag="usage"):
    """Totals of a period by date, model, profile and agent.

    `period` is today, yesterday, this_week, this_month, last7_days, last30_days, all (shorter
    words are understood) or `{"date_range": {"start", "end"}}`; days are those of `tz`, UTC if
    none is given.
    """

    period: str | dict[str, dict[str, str]] | None = None
    profile: str | None = None
    model: str | None = None
    agent: str | None = None
    provider: str | None = None
    account: str | None = None
    tz: str = "UTC"


class UsageReport(Request, frozen=True, tag="usage_report"):
    """Usage grouped by up to four things, in a list or a text with commas.

    They are day, week, month, block, agent, model, session, profile, project, branch, provider,
    account and run. `since` and `until` are days and win over `period`.
    """

    by: list[str] | str = []
    period: str | None = None
    since: str | None = None
    until: str | None = None
    tz: str = "UTC"
    profile: str | None = None
    model: str | None = None
    agent: str | None = None
    provider: str | None = None
    account: str | None = None
    project: str | None = None
    branch: str | None = None
    session: str | None = None


class UsagePrices(Request, frozen=True, tag="usage_prices"):
    """What models cost, on a day (UTC) or now; without names those that were ever used.

    `models` is a list or a text with commas.
    """

    models: list[str] | str = []
    day: str | None = None


class UsageImportClaude(Request, frozen=True, tag="usage_import_claude"):
    """Take in the transcripts of a Claude folder, `~/.claude` if none is given, for good."""

    claude_dir: str | None = None


class UsageImport(Request, frozen=True, tag="usage_import"):
    """Take in what agents wrote in a home, your own if none is given, now and from now on.

    `agent_id` takes in only what that agent wrote; `profile` says whose usage it is.
    """

    home: str | None = None
    agent_id: str | None = None
    profile: str = ""


class UsageExport(Request, frozen=True, tag="usage_export"):
    """The answers in the ledger by time, a page of them; days are those of `tz`.

    Ask for the following page with `next` of the reply as `after`.
    """

    period: str | None = None
    since: str | None = None
    until: str | None = None
    tz: str = "UTC"
    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_RECORDS)] = 1000


class UsageMerge(Request, frozen=True, tag="usage_merge"):
    """Take in answers of another ledger; what is known already changes nothing."""

    records: list[UsageRecord]

    def __repr__(self) -> str:
        return f"UsageMerge({len(self.records)} records)"


class UsageVerify(Request, frozen=True, tag="usage_verify"):
    """Read all transcripts again and compare them with the ledger."""


class Stats(Request, frozen=True, tag="stats"):
    """Runs by agent, provider and profile."""

    agent_id: str | None = None
    provider_id: str | None = None
