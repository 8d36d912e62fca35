"""Answers that were given before, for as long as the ledger stays as it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, TypeVar

from ringlet.domain.billing import Billing
from ringlet.engine.usage.reports import Query
from ringlet.store.ledger.ledger import Ledger

T = TypeVar("T")
_MOST: Final = 64


class Answers:
    """Remembers some answers about one ledger; those about an earlier state are never given."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    async def get(
        self, make: Callable[[Query], T], query: Query, billing: Mapping[str, Billing]
    ) -> T:
        """What `make` says about the query, which is asked in a thread if it must be."""
        key = (
            make.__qualname__,
            self._ledger.generation,
            query.period,
            query.by,
            frozenset(query.where.items()),
            frozenset(billing.items()),
        )
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = await asyncio.to_thread(make, query)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        found: T = self._known[key]
        return found
