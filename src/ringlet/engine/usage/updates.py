"""Tell what changed: one event for each agent and profile, however many answers there were."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Final

from ringlet.domain.usage import Call, Tokens

_CLASSES: Final = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_creation_input_tokens": "cache_write",
    "cache_read_input_tokens": "cache_read",
}


class Updates:
    """Adds up calls that are new or say more than before until somebody asks; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: dict[tuple[str, str], dict[str, int]] = {}

    def add(self, calls: Iterable[Call]) -> None:
        """Count these calls, as they stand now."""
        with self._lock:
            for call in calls:
                group = self._groups.setdefault((call.agent, call.profile), {"calls": 0})
                group["calls"] += 1
                for name, count in original_tokens(call.tokens).items():
                    group[name] = group.get(name, 0) + count

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
                "calls": counts.pop("calls"),
                "tokens": counts,
            }
            for (agent, profile), counts in groups.items()
        ]


def original_tokens(tokens: Tokens) -> dict[str, int]:
    """Tokens in the four classes of the public protocol."""
    return {name: getattr(tokens, attribute) for name, attribute in _CLASSES.items()}
