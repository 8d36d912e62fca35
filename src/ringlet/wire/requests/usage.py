"""Requests about usage, cost and runs in numbers."""

from __future__ import annotations

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


class Stats(Request, frozen=True, tag="stats"):
    """Runs by agent, provider and profile."""

    agent_id: str | None = None
    provider_id: str | None = None
