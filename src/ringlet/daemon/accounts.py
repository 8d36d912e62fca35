"""Figures of what was used, from the ledger, and of the budgets that limit it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ringlet.daemon.instruments import Total
from ringlet.domain.errors import RingletError

if TYPE_CHECKING:
    from ringlet.daemon.metrics import Metrics
    from ringlet.engine.budgets import Budgets
    from ringlet.engine.usage.service import Usage
    from ringlet.store.ledger.queries import Sum
    from ringlet.store.paths import Paths

_log = logging.getLogger(__name__)
_CLASSES: Final = ("input", "output", "cache_read", "cache_write")
_LEVELS: Final = ("fine", "warning", "reached")


class Accounts:
    """Adds them to the metrics. Nothing is read, and no file made, before somebody asks.

    They tell what the ledger holds, so they go on where the last daemon was.
    """

    def __init__(
        self,
        metrics: Metrics,
        *,
        paths: Paths,
        usage: Callable[[], Usage],
        budgets: Callable[[], Budgets],
    ) -> None:
        self._paths = paths
        self._usage = usage
        self._budgets = budgets
        self._sums: list[Sum] = []
        self._levels = dict.fromkeys(_LEVELS, 0.0)
        metrics.look_first(self._look)
        metrics.instruments += [
            Total("ringlet_tokens_total", "Tokens that were used.", self._tokens, "agent", "class"),
            Total(
                "ringlet_calls_total",
                "Answers of models.",
                lambda: {each.names[0]: each.calls for each in self._sums},
                "agent",
            ),
        ]
        # No counters: a list of prices that changes can make both of them less.
        metrics.gauge(
            "ringlet_cost_usd",
            "What was used, at list prices, in dollars.",
            lambda: {each.names[0]: each.cost.total / 1e9 for each in self._sums},
            "agent",
        )
        metrics.gauge(
            "ringlet_unpriced_calls",
            "Answers whose price is not known.",
            lambda: {each.names[0]: each.unpriced for each in self._sums},
            "agent",
        )
        metrics.gauge(
            "ringlet_sessions",
            "Conversations.",
            lambda: {each.names[0]: each.sessions for each in self._sums},
            "agent",
        )
        metrics.gauge("ringlet_budgets", "Budgets, by level.", lambda: self._levels, "level")

    def _tokens(self) -> dict[tuple[str, ...], float]:
        return {
            (each.names[0], kind): getattr(each.tokens, kind)
            for each in self._sums
            for kind in _CLASSES
        }

    async def _look(self) -> None:
        from ringlet.engine.usage.periods import EVER
        from ringlet.store.ledger.queries import Span

        try:
            if self._paths.ledger.exists():
                self._sums = await self._usage().measure([Span("", *EVER)], {}, ("agent",))
            found = await self._budgets().all() if self._paths.budgets.exists() else []
            levels = Counter(budget.level for budget in found)
            self._levels = {level: levels[level] for level in _LEVELS}
        except RingletError as error:  # the other figures are told all the same
            _log.warning("figures of usage are not up to date: %s", error)
