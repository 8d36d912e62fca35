"""Answers of which an agent told us while it ran, and which it notes down in a file as well.

A report has the id of the request only, the file mostly that of the answer. Whichever comes first
gives the row its key; the other one finds it by an alias. What stands in the file counts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable

from ringlet.domain.usage import REPORTED, Call
from ringlet.store.ledger.rows import key_of


class Reports:
    """Remembers which keys are one answer, reported and noted down, in whatever order they come."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def meet(self, pending: dict[int, Call]) -> dict[int, Call]:
        """The calls from files under the keys by which they are kept."""
        moved = self.targets(pending)
        # Where an agent was started without a profile, nobody could have heard its reports.
        asked = {
            _report_key(call): key
            for key, call in pending.items()
            if call.request_id and call.profile and key not in moved
        }
        earlier = self._rows(asked)
        aliases = [(key, asked[key]) for key in asked.keys() - earlier]
        aliases += [(asked[key], key) for key in earlier]
        self._connection.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?)", aliases)
        moved |= {asked[key]: key for key in earlier}
        if not moved:
            return pending
        return {moved.get(key, key): call for key, call in pending.items()}

    def news(self, reported: Iterable[Call]) -> list[Call]:
        """Those of the reported calls that no file has told of yet."""
        keys = {key_of(call.source, call.native_id): call for call in reported}
        known = self.targets(keys)
        return [call for key, call in keys.items() if key not in known]

    def targets(self, keys: Collection[int]) -> dict[int, int]:
        """Which of the keys are answers that are kept under another key, and that one."""
        if self._connection.execute("SELECT 1 FROM alias").fetchone() is None:
            return {}
        rows = self._connection.execute(
            "SELECT key, target FROM alias WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {key: target for key, target in rows if key != target}

    def _rows(self, keys: Collection[int]) -> set[int]:
        if not keys:
            return set()
        rows = self._connection.execute(
            "SELECT key FROM call WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {key for (key,) in rows}


def _report_key(call: Call) -> int:
    return key_of(REPORTED, f"{call.agent}\0{call.request_id}")
