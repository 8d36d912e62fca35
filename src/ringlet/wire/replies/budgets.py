"""Replies about budgets. Costs are US dollars at list prices."""

from __future__ import annotations

from datetime import datetime

import msgspec


class BudgetInfo(msgspec.Struct, frozen=True):
    """A budget, and what was used of it since `began`; it begins anew at `resets`.

    `level` is fine, warning or reached. What models in `unpriced_models` cost is not known and
    not in `spent_usd`.
    """

    scope: str
    period: str
    tz: str
    limit_usd: float | None
    limit_tokens: int | None
    warn: int
    action: str
    level: str
    percent: int
    spent_usd: float
    spent_tokens: int
    began: datetime
    resets: datetime
    unpriced_models: list[str]
