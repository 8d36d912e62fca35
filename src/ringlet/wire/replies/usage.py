"""Replies about usage. Costs are US dollars; null means that no price is known."""

from __future__ import annotations

from datetime import datetime

import msgspec


class TokenUsage(msgspec.Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0


class CostBreakdown(msgspec.Struct, frozen=True):
    """`total_cost` may hold more than the four: web searches, or what an agent was charged."""

    input_cost: float
    output_cost: float
    cache_creation_cost: float
    cache_read_cost: float
    total_cost: float


class DateUsage(msgspec.Struct, frozen=True):
    date: str
    tokens: TokenUsage
    cost: CostBreakdown | None
    sessions: int


class ModelUsage(msgspec.Struct, frozen=True):
    model: str
    tokens: TokenUsage
    cost: CostBreakdown | None
    sessions: int


class ProfileUsage(msgspec.Struct, frozen=True):
    """`sessions` and `runtime_secs` count runs; `billed_cost` goes by the profile's billing."""

    profile: str
    provider_id: str
    tokens: TokenUsage
    cost: CostBreakdown | None
    sessions: int
    runtime_secs: float
    last_used: datetime | None
    billing: str
    billed_cost: float | None


class AgentUsage(msgspec.Struct, frozen=True):
    agent: str
    tokens: TokenUsage
    cost: CostBreakdown | None
    sessions: int
    runtime_secs: float


class UsageAggregates(msgspec.Struct, frozen=True):
    total_tokens: TokenUsage
    total_cost: CostBreakdown | None
    by_date: dict[str, DateUsage]
    by_model: dict[str, ModelUsage]
    by_profile: dict[str, ProfileUsage]
    by_agent: dict[str, AgentUsage]


class UsageStats(msgspec.Struct, frozen=True):
    """`partial` while transcripts are still being read; `unpriced` models have no known price."""

    period: str
    aggregates: UsageAggregates
    total_tokens: TokenUsage
    total_cost: CostBreakdown | None
    total_sessions: int
    total_runtime_secs: float
    billed_cost: float | None
    unpriced_models: list[str]
    partial: bool


class UsageRow(msgspec.Struct, frozen=True):
    """One group of a report; `group` holds its values by name.

    `cost` is null if no call has a price, and covers those with one otherwise; `unpriced_calls`
    counts the rest. `billed_cost` goes by the billing of the profiles. Times are UTC, to the
    quarter of an hour.
    """

    group: dict[str, str]
    calls: int
    sessions: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    reasoning_tokens: int
    total_tokens: int
    web_searches: int
    cost: float | None
    billed_cost: float | None
    unpriced_calls: int
    first_used: datetime | None
    last_used: datetime | None


class Report(msgspec.Struct, frozen=True):
    """Rows that sum up to `total`, whatever they are grouped by."""

    period: str
    tz: str
    by: list[str]
    rows: list[UsageRow]
    total: UsageRow
    unpriced_models: list[str]
    partial: bool


class AgentStats(msgspec.Struct, frozen=True):
    sessions: int
    runtime_secs: float
    profiles: int
    cpu_seconds: float
    peak_memory_bytes: int


class ProviderStats(msgspec.Struct, frozen=True):
    sessions: int
    runtime_secs: float


class ModelStats(msgspec.Struct, frozen=True):
    sessions: int
    runtime_secs: float


class ProfileStats(msgspec.Struct, frozen=True):
    sessions: int
    runtime_secs: float
    last_used: datetime | None


class RunStats(msgspec.Struct, frozen=True):
    """Runs that ended; `runtime_secs` is wall time, `cpu_seconds` of whole process trees."""

    by_agent: dict[str, AgentStats]
    by_provider: dict[str, ProviderStats]
    by_profile: dict[str, ProfileStats]
    by_model: dict[str, ModelStats]
    total_sessions: int
    total_runtime_secs: float


class ImportResult(msgspec.Struct, frozen=True):
    """`calls` are the answers that the ledger did not know before."""

    message: str
    files: int
    calls: int
