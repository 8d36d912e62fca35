"""Which counts at the beginning of a forked rollout are its parent's.

A fork's file may begin with copies of the parent's events, all written at the moment of the
fork. They were billed to the parent already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ringlet.agents.usage.codex_counts import Counts

_BURST_MS: Final = 1000


class Inheritance(msgspec.Struct):
    """How far the copies have been followed. `began` is the time of the fork's first line."""

    began: int = 0
    matched: int = 0
    closed: bool = False
    sum: Counts = Counts()

    def covers(
        self,
        total: Counts,
        last: Counts | None,
        time: int,
        totals: Callable[[], list[Counts] | None],
    ) -> bool:
        """Whether this count is a copy. `totals` gives the parent's, None if they are lost.

        Where the parent's file is there, copies are exactly the counts with which it begins.
        Otherwise they are those that were written in one go and add up from nothing.
        """
        if self.closed:
            return False
        parents = totals()
        if parents is not None:
            copied = self.matched < len(parents) and parents[self.matched] == total
        else:
            copied = (
                last is not None and self.sum.plus(last) == total and time - self.began <= _BURST_MS
            )
        if not copied:
            self.closed = True
            return False
        self.matched += 1
        self.began = time
        self.sum = total
        return True
