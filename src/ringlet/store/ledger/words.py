"""Texts as numbers, and the cells made of them.

The same few names stand in a great many calls, so a call refers to a cell, and a cell to words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterable
from typing import Final, TypeVar

from ringlet.store.ledger.schema import DIMENSIONS
from ringlet.store.ledger.texts import lost

K = TypeVar("K", bound=Hashable)
_LARGEST: Final = 20_000
_NAMES: Final = ", ".join((*DIMENSIONS, "sub_agent"))
_MATCH: Final = " AND ".join(f"{name} = ?" for name in (*DIMENSIONS, "sub_agent"))
_MARKS: Final = ", ".join("?" * (len(DIMENSIONS) + 1))

Texts = tuple[str, ...]


class Words:
    """Finds and makes words and cells. What it remembers is bounded."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids: dict[str, int] = {}
        self._cells: dict[tuple[Texts, bool], int] = {}

    def forget(self) -> None:
        """Trust nothing that a transaction which was rolled back may have made."""
        self._ids.clear()
        self._cells.clear()

    def id(self, text: str) -> int:
        """The number of a text, made if it has none."""
        found = self._ids.get(text)
        if found is None:
            row = self._connection.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
            if row is None:
                row = self._connection.execute(
                    "INSERT INTO word (text) VALUES (?) RETURNING id", (text,)
                ).fetchone()
            found = _remember(self._ids, text, int(row[0]))
        return found

    def find(self, text: str) -> int | None:
        """The number of a text, None if it has none."""
        row = self._connection.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
        return None if row is None else int(row[0])

    def cell(self, texts: Texts, sub_agent: bool) -> int:
        """The number of a cell, made if need be; `texts` in the order of DIMENSIONS."""
        found = self._cells.get((texts, sub_agent))
        if found is None:
            values = (*map(self.id, texts), int(sub_agent))
            row = self._connection.execute(f"SELECT id FROM cell WHERE {_MATCH}", values).fetchone()
            if row is None:
                row = self._connection.execute(
                    f"INSERT INTO cell ({_NAMES}) VALUES ({_MARKS}) RETURNING id", values
                ).fetchone()
            found = _remember(self._cells, (texts, sub_agent), int(row[0]))
        return found

    def texts(self, ids: Iterable[int]) -> dict[int, str]:
        """The texts of so many words; those that are gone have names that say so."""
        import json

        numbers = sorted(set(ids))
        wanted = json.dumps(numbers)
        rows = self._connection.execute(
            "SELECT id, text FROM word WHERE id IN (SELECT value FROM json_each(?))", (wanted,)
        )
        return {**{number: lost(number) for number in numbers}, **dict(rows.fetchall())}


def _remember(cache: dict[K, int], key: K, number: int) -> int:
    if len(cache) >= _LARGEST:
        cache.clear()
    cache[key] = number
    return number
