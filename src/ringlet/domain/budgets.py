"""Budgets: how much a profile, a provider or everybody may use in a day, a week or a month."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Final, Literal

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError

ScopeKind = Literal["profile", "provider", "all"]
BudgetPeriod = Literal["daily", "weekly", "monthly"]
BudgetAction = Literal["warn", "pause", "stop"]

EVERYTHING: Final = "*"
_NANO: Final = 10**9
_CENT: Final = 10**7
_LARGEST: Final = 10**9 * _NANO  # a billion dollars, or as many tokens
_NOW: Final = {"daily": "today", "weekly": "this week", "monthly": "this month"}


class Scope(msgspec.Struct, frozen=True):
    """Whose usage counts: that of a profile or a provider by its name, or of "all" (no name)."""

    kind: ScopeKind
    name: str = ""

    @property
    def word(self) -> str:
        """What names the scope in requests and commands: `*`, `profile:NAME`, `provider:NAME`."""
        return EVERYTHING if self.kind == "all" else f"{self.kind}:{self.name}"

    def covers(self, profile: str, provider: str) -> bool:
        """Whether what this profile uses with this provider counts."""
        return self.kind == "all" or self.name == (profile if self.kind == "profile" else provider)

    def __str__(self) -> str:
        return "All profiles together" if self.kind == "all" else f"{self.kind.title()} {self.name}"


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit in nano-dollars, in tokens, or both: whichever is reached first counts.

    `warn` is in percent of the limit. `zone` is the time zone, by name, in which days begin.
    There is one budget for each scope and period.
    """

    scope: Scope
    period: BudgetPeriod
    zone: str = "UTC"
    limit_nano: int | None = None
    limit_tokens: int | None = None
    warn: int = 80
    action: BudgetAction = "warn"

    @property
    def key(self) -> tuple[Scope, BudgetPeriod]:
        return self.scope, self.period


class Level(IntEnum):
    """How far a budget is used up. It only rises within one period."""

    FINE = 0
    WARNING = 1
    REACHED = 2


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said and done about a budget in the period that ends at `until`.

    `runs` are those that the action was applied to.
    """

    until: datetime
    level: Level = Level.FINE
    runs: tuple[str, ...] = ()


class BudgetState(msgspec.Struct, frozen=True):
    """A budget at a moment. `percent` is of the limit that is nearer, rounded down."""

    budget: Budget
    spent_nano: int
    tokens: int
    percent: int
    level: Level

    def describe(self) -> str:
        """One sentence for people: whose budget it is, and how much of it is used."""
        budget, parts = self.budget, []
        if budget.limit_nano is not None:
            parts.append(f"{_usd(self.spent_nano)} of {_usd(budget.limit_nano)}")
        if budget.limit_tokens is not None:
            parts.append(f"{self.tokens:,} of {budget.limit_tokens:,} tokens")
        used = " and ".join(parts)
        return f"{budget.scope}: {used} used {_NOW[budget.period]} ({self.percent} %)"


def checked(budget: Budget) -> Budget:
    """The budget, if it makes sense. Raises INVALID_REQUEST otherwise."""
    limits = [limit for limit in (budget.limit_nano, budget.limit_tokens) if limit is not None]
    if not limits:
        raise _invalid("A budget needs a limit", "Give an amount of dollars, or --tokens.")
    if not all(0 < limit <= _LARGEST for limit in limits):
        raise _invalid("A limit must be above 0 and at most a billion", "Remove a budget with rm.")
    if not 0 < budget.warn <= 100:
        raise _invalid(f"A warning at {budget.warn} % makes no sense", "Use 1 to 100.")
    if (budget.scope.kind == "all") == bool(budget.scope.name):
        raise _invalid("A budget is for a profile, a provider, or all of them", "Use * for all.")
    return budget


def nano_of_usd(text: str) -> int:
    """Dollars as people write them ("20", "$7.50") in nano-dollars. Raises INVALID_REQUEST."""
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise _invalid(f"{text!r} is not an amount of dollars", "Write it as 20 or 7.50.")
    return int(min(amount * _NANO, Decimal(_LARGEST + 1)).to_integral_value())


def evaluate(budget: Budget, spent_nano: int, tokens: int) -> BudgetState:
    """What the usage of a period so far means for its budget."""
    shares = [
        used * 100 // limit
        for used, limit in ((spent_nano, budget.limit_nano), (tokens, budget.limit_tokens))
        if limit
    ]
    percent = max(shares, default=0)
    level = Level.FINE
    if percent >= 100:
        level = Level.REACHED
    elif percent >= budget.warn:
        level = Level.WARNING
    return BudgetState(budget, spent_nano, tokens, percent, level)


def window(period: BudgetPeriod, now: datetime) -> tuple[datetime, datetime]:
    """The period that `now` is in, in the zone that it carries: its beginning, and the next one's.

    Weeks begin on Monday. Where clocks change, a day has 23 or 25 hours.
    """
    today = now.date()
    match period:
        case "daily":
            first, following = today, today + timedelta(1)
        case "weekly":
            first = today - timedelta(today.weekday())
            following = first + timedelta(7)
        case "monthly":
            first = today.replace(day=1)
            following = (first + timedelta(31)).replace(day=1)
    return _midnight(first, now), _midnight(following, now)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def _usd(nano: int) -> str:
    """Whole cents, rounded down for what is small, so that a limit never looks reached early."""
    return f"${Decimal(nano // _CENT) / 100:,.2f}"


def _invalid(message: str, hint: str) -> RingletError:
    return RingletError(ErrorCode.INVALID_REQUEST, message, hint=hint)
