"""Tell what changed: one event for each agent and profile, however many answers there were."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ringlet.domain.usage import Call, Tokens
from ringlet.store.ledger.rows import Cost, Pricing

_CLASSES: Final = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_creation_input_tokens": "cache_write",
    "cache_read_input_tokens": "cache_read",
}


@dataclass(slots=True)
class _Group:
    """Calls of one agent and profile; `nano` is the cost of those with a price, if any has one."""

    calls: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_CLASSES, 0))
    nano: int | None = None


class Updates:
    """Adds up calls that are new or say more than before until somebody asks; for any thread.

    The ledger prices calls by `price`, so that what a call costs is worked out once.
    """

    def __init__(self, price: Pricing) -> None:
        self._price = price
        self._lock = threading.Lock()
        self._priced: dict[tuple[str, str], int] = {}
        self._groups: dict[tuple[str, str], _Group] = {}

    def price(self, call: Call) -> Cost | None:
        """What a call costs, remembered until it is added."""
        cost = self._price(call)
        if cost is not None:
            self._priced[call.source, call.native_id] = cost.total
        return cost

    def add(self, calls: Iterable[Call]) -> None:
        """Count these calls, as they stand now."""
        with self._lock:
            for call in calls:
                group = self._groups.setdefault((call.agent, call.profile), _Group())
                group.calls += 1
                for name, count in original_tokens(call.tokens).items():
                    group.tokens[name] += count
                cost = self._priced.pop((call.source, call.native_id), None)
                if cost is not None:
                    group.nano = (group.nano or 0) + cost

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
                "tokens": group.tokens,
                "cost": None if group.nano is None else {"total_cost": group.nano / 1e9},
            }
            for (agent, profile), group in groups.items()
        ]


def original_tokens(tokens: Tokens) -> dict[str, int]:
    """Tokens in the four classes of the public protocol."""
    return {name: getattr(tokens, attribute) for name, attribute in _CLASSES.items()}
