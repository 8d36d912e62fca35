"""Requests about budgets.

A `scope` is an alias, the id of a provider, or `*` for everything; where a profile and a provider
have the same name, `profile:NAME` and `provider:NAME` tell them apart.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ringlet.domain.budgets import BudgetAction, BudgetPeriod
from ringlet.wire.requests.base import Request


class BudgetsList(Request, frozen=True, tag="budgets_list"):
    """All budgets and how much of each is used."""


class BudgetsSet(Request, frozen=True, tag="budgets_set"):
    """Limit what is used, in US dollars at list prices, in tokens, or both.

    Replaces the budget of that scope and period. Days are those of `tz`.
    """

    scope: str
    period: BudgetPeriod
    usd: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    tokens: Annotated[int, Meta(gt=0, le=1 << 60)] | None = None
    warn: Annotated[int, Meta(ge=1, le=100)] = 80
    action: BudgetAction = "warn"
    tz: str = "UTC"


class BudgetsRemove(Request, frozen=True, tag="budgets_remove"):
    """Remove the budget of a scope and period, or all of the scope."""

    scope: str
    period: BudgetPeriod | None = None
