"""Answers that a side chain replays under another request id.

An id that is unique by itself needs none of this. A short one, of a provider that counts
`chat-1`, `chat-2` …, tells two answers apart only with the request id; then a copy in a side
chain of the same session is the same answer all the same.
"""

from __future__ import annotations

import sqlite3

from ringlet.domain.usage import Call
from ringlet.store.ledger.rows import key_of


class Replays:
    """Remembers which keys are one answer, in whatever order its copies come."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def resolve(self, call: Call) -> int:
        """The key under which the call is kept."""
        key = key_of(call.source, call.native_id)
        if not call.replay_id:
            return key
        alias = self._connection.execute("SELECT target FROM alias WHERE key = ?", (key,))
        if (found := alias.fetchone()) is not None:
            return int(found[0])
        return self._meet(key, key_of(call.source, "replay\0" + call.replay_id), call.sub_agent)

    def _meet(self, key: int, replay: int, sub_agent: bool) -> int:
        found = self._connection.execute(
            "SELECT target, side FROM replay WHERE key = ?", (replay,)
        ).fetchone()
        if found is None:
            self._connection.execute(
                "INSERT INTO replay VALUES (?, ?, ?)", (replay, key, int(sub_agent))
            )
            target = key
        elif sub_agent or found[1]:  # at least one of the two is a copy in a side chain
            target = int(found[0])
            if not sub_agent:
                self._connection.execute("UPDATE replay SET side = 0 WHERE key = ?", (replay,))
        else:
            target = key
        self._connection.execute("INSERT INTO alias VALUES (?, ?)", (key, target))
        return target
