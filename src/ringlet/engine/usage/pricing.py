"""What an answer costs, by the lists of prices; and rows that follow when these change."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from ringlet.domain.errors import RingletError
from ringlet.domain.pricing import Cost, cost
from ringlet.domain.usage import Call
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.prices import PriceBook


class ListPrices:
    """Prices calls by a book. Its methods block, the first call some 10 ms.

    `absorb` takes a newly synchronised list into the book; what is wrong with it is reported.
    """

    def __init__(
        self, book: PriceBook, *, absorb: Callable[[], object], report: Callable[[str], None]
    ) -> None:
        self.book = book
        self._absorb = absorb
        self._report = report
        self._absorbed = False
        self._settling = Lock()

    def __call__(self, call: Call) -> Cost | None:
        dated = self.book.at(call.model, call.time, call.provider)
        if dated is None:
            return None
        return cost(call.tokens, dated.price, tier=call.service_tier, geo=call.inference_geo)

    def settle(self, ledger: Ledger, is_over: Callable[[], bool] = lambda: False) -> int:
        """Price the rows anew if the lists have changed since; how many cost something else.

        Whoever comes while that goes on does not wait for it. Once it `is_over`, the rest is left
        to the next time.
        """
        if not self._settling.acquire(blocking=False):
            return 0
        try:
            if self.book.refresh() or not self._absorbed:
                self._absorbed = True
                try:
                    self._absorb()
                except RingletError as error:
                    self._report(error.message)
                self.book.refresh()
            return ledger.keep_priced(self, self.book.state, is_over)
        finally:
            self._settling.release()
