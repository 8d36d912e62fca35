"""Tell what changed: one event for each agent and profile, however many answers there were."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ringlet.domain.usage import Tokens
from ringlet.store.ledger.rows import Taken


@dataclass(slots=True)
class _Group:
    """Calls of one agent and profile; `nano` is the cost of those with a price, if any has one."""

    calls: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    nano: int | None = None

    def add(self, tokens: Tokens, cost: int | None) -> None:
        self.calls += 1
        self.input += tokens.input
        self.output += tokens.output
        self.cache_read += tokens.cache_read
        self.cache_write += tokens.cache_write_5m + tokens.cache_write_1h
        if cost is not None:
            self.nano = (self.nano or 0) + cost


class Updates:
    """Adds up calls that are new or say more than before until somebody asks; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[tuple[str, str], _Group] = {}

    def add(self, changed: Iterable[Taken]) -> None:
        """Count these calls."""
        with self._lock:
            for call, cost in changed:
                place = (call.agent, call.profile)
                if (group := self._groups.get(place)) is None:
                    group = self._groups[place] = _Group()
                group.add(call.tokens, cost)

    def take(self) -> list[dict[str, Any]]:
        """The data of `UsageUpdated` events since the last time.

        `profile` (and `alias`, which other events call it) is null if the usage is nobody's.
        """
        with self._lock:
            groups, self._groups = self._groups, {}
        return [
            {
                "agent": agent,
                "profile": profile or None,
                "alias": profile or None,
                "calls": group.calls,
                "tokens": original_tokens(group),
                "cost": None if group.nano is None else {"total_cost": group.nano / 1e9},
            }
            for (agent, profile), group in groups.items()
        ]


def original_tokens(tokens: Tokens | _Group) -> dict[str, int]:
    """Tokens in the four classes of the public protocol."""
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cache_read,
    }
