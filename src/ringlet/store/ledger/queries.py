"""Sums over the quarter-hours of the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Tokens
from ringlet.store.ledger.schema import COSTS, DIMENSIONS, TOKENS
from ringlet.store.ledger.words import Words

_SUMS: Final = ", ".join(f"sum(roll.{name})" for name in ("calls", *TOKENS, *COSTS, "unpriced"))
_WIDTH: Final = 1 + len(TOKENS) + len(COSTS) + 1


class Span(NamedTuple):
    """Quarter-hours from `start` up to, not including, `end`, counted since 1970 in UTC."""

    label: str
    start: int
    end: int


class Sum(NamedTuple):
    """What was used within one span by one group.

    `names` are the group's values in the order asked for, `first` and `last` the quarter-hours
    with any use. `cost` covers the calls with a price; `unpriced` counts those without.
    """

    label: str
    names: tuple[str, ...]
    calls: int
    tokens: Tokens
    cost: Cost
    unpriced: int
    sessions: int
    first: int
    last: int


class Queries:
    """Reads; whoever calls holds the ledger."""

    def __init__(self, connection: sqlite3.Connection, words: Words) -> None:
        self._connection = connection
        self._words = words

    def sums(self, spans: Sequence[Span], by: Sequence[str], where: Mapping[str, str]) -> list[Sum]:
        """One sum for each span and group that used anything, spans in their order.

        `by` and the keys of `where` are names of DIMENSIONS.
        """
        if (found := self._conditions(where)) is None:
            return []
        conditions, values = found
        columns = "".join(f", cell.{_checked(name)}" for name in by)
        rows = self._connection.execute(
            f"SELECT span.key{columns}, {_SUMS}, count(DISTINCT cell.session),"
            " min(roll.quarter), max(roll.quarter) FROM json_each(?) AS span"
            " CROSS JOIN roll ON roll.quarter >= json_extract(span.value, '$[0]')"
            " AND roll.quarter < json_extract(span.value, '$[1]')"
            f" CROSS JOIN cell ON cell.id = roll.cell{conditions}"
            f" GROUP BY span.key{columns} ORDER BY span.key",
            (json.dumps([span[1:] for span in spans]), *values),
        ).fetchall()
        texts = self._words.texts(number for row in rows for number in row[1 : 1 + len(by)])
        return [_sum(row, len(by), spans, texts) for row in rows]

    def quarters(self, start: int, end: int, where: Mapping[str, str]) -> list[int]:
        """The quarter-hours from `start` up to `end` in which anything was used, in order."""
        if (found := self._conditions(where)) is None:
            return []
        conditions, values = found
        rows = self._connection.execute(
            f"SELECT DISTINCT roll.quarter FROM roll JOIN cell ON cell.id = roll.cell{conditions}"
            " WHERE roll.quarter >= ? AND roll.quarter < ? ORDER BY roll.quarter",
            (*values, start, end),
        )
        return [row[0] for row in rows]

    def bounds(self) -> tuple[int, int] | None:
        """The first quarter-hour with any use and the one behind the last; None if empty."""
        first, last = self._connection.execute(
            "SELECT (SELECT min(quarter) FROM roll), (SELECT max(quarter) FROM roll)"
        ).fetchone()
        return None if first is None else (first, last + 1)

    def _conditions(self, where: Mapping[str, str]) -> tuple[str, list[int]] | None:
        """SQL and its values; None if a text is nowhere in the ledger, so nothing can match."""
        values: list[int] = []
        for text in where.values():
            number = self._words.find(text)
            if number is None:
                return None
            values.append(number)
        return "".join(f" AND cell.{_checked(name)} = ?" for name in where), values


def _checked(name: str) -> str:
    if name not in DIMENSIONS:
        raise ValueError(f"{name!r} is no dimension of the ledger")
    return name


def _sum(row: tuple[Any, ...], names: int, spans: Sequence[Span], texts: dict[int, str]) -> Sum:
    values = row[1 + names :]
    tokens = Tokens(*values[1 : 1 + len(TOKENS)])
    costs = values[1 + len(TOKENS) : 1 + len(TOKENS) + len(COSTS)]
    return Sum(
        spans[row[0]].label,
        tuple(texts[number] for number in row[1 : 1 + names]),
        values[0],
        tokens,
        Cost(*costs),
        values[_WIDTH - 1],
        *values[_WIDTH:],
    )
