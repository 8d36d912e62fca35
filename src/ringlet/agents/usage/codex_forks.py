"""Which counts at the beginning of a forked rollout are its parent's.

A fork's file may begin with copies of the parent's events, all written at the moment of the
fork. They were billed to the parent already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import add
from typing import Final

import msgspec

from ringlet.agents.usage.codex_counts import Numbers

_BURST_MS: Final = 1000
_NOTHING: Final = (0, 0, 0, 0, 0)
_TIMED_LENGTH: Final = 36
_VERSION: Final = 14


class Inheritance(msgspec.Struct):
    """How far the copies have been followed.

    `forked` is the time of the fork's first line, and `first_own` the number of its first line
    that is no copy, 0 if nothing says it. `copied_turn` is whether the turn at hand is known to
    be one of the parent's, `triggered` whether a turn has been seen that may be the fork's own.
    `matched` is how many of the parent's counts are past, `latest` the time of the last copy and
    `sum` what the copies add up to.
    """

    forked: int = 0
    first_own: int = 0
    closed: bool = False
    copied_turn: bool = False
    triggered: bool = False
    matched: int = 0
    latest: int = 0
    sum: Numbers = _NOTHING

    def turn_begins(self, thread: str, turn: str) -> None:
        """Note a turn. Ids tell the time: the parent's turns are older than the fork."""
        thread_born, turn_born = born(thread), born(turn)
        if thread_born is not None and turn_born is not None:
            self.copied_turn = turn_born < thread_born
            self.closed = self.closed or not self.copied_turn

    def trigger(self) -> None:
        """Note the message that starts the turn of a sub-agent."""
        self.triggered = self.triggered or not self.copied_turn

    def covers(
        self,
        total: Numbers,
        last: Numbers | None,
        time: int,
        line: int | None,
        totals: Callable[[], Sequence[Numbers] | None],
    ) -> bool:
        """Whether this count is a copy; after the first that is not, none is.

        `line` is the number of the line in its thread, `totals` gives the parent's counts up to
        the fork, None if they are lost.
        """
        if self.closed:
            return False
        if self.first_own and line is not None:
            copied = line < self.first_own
        else:
            copied = self.copied_turn or self._repeats(total, last, time, totals())
        self.closed = not copied
        self.latest, self.sum = time, total
        return copied

    def _repeats(
        self,
        total: Numbers,
        last: Numbers | None,
        time: int,
        parents: Sequence[Numbers] | None,
    ) -> bool:
        """Whether the count is the parent's next one; of a lost parent, by what else tells.

        The copies may begin in the midst of the parent's counts: some forks have its last turns
        only. Where the parent is lost, copies end with the message to a sub-agent, or else are
        what was written in one go and adds up from nothing.
        """
        if parents is None:
            in_one_go = time - (self.latest or self.forked) <= _BURST_MS
            adds_up = last is not None and tuple(map(add, self.sum, last)) == total
            return not self.triggered and in_one_go and adds_up
        try:
            found = self.matched if self.matched else parents.index(total)
        except ValueError:
            return False
        self.matched = found + 1
        return found < len(parents) and parents[found] == total


def born(identifier: str) -> int | None:
    """When an id was made, in milliseconds since 1970; None if it does not say (UUID 7 does)."""
    if len(identifier) != _TIMED_LENGTH or identifier[_VERSION] != "7":
        return None
    try:
        return int(identifier[:8] + identifier[9:13], 16)
    except ValueError:
        return None
