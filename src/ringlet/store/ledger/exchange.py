"""Rows of the ledger as records that can leave it and be taken into another one.

The newest state of each row goes by (machine, sequence number): whoever has that has the row,
so taking a file in twice changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from ringlet.store.ledger.rows import (
    FIRST_TOKEN,
    GEO,
    TIER,
    Row,
    place_of,
    tokens_from,
)
from ringlet.store.ledger.schema import DIMENSIONS
from ringlet.store.ledger.words import Words
from ringlet.wire.replies.ledger import UsageRecord

_COLUMNS: Final = ", ".join(f"call.{name}" for name in Row._fields)
_CELL: Final = ", ".join(f"cell.{name}" for name in DIMENSIONS)
_BLOCK: Final = 2000

Record = UsageRecord  # what a row is outside of the ledger


def records(
    connection: sqlite3.Connection, words: Words, start: int, end: int
) -> Iterator[list[Record]]:
    """Rows by time, in milliseconds, from `start` up to `end`, in blocks."""
    cursor = connection.execute(
        f"SELECT {_COLUMNS}, {_CELL}, cell.sub_agent FROM call JOIN cell ON cell.id = call.cell"
        " WHERE call.time >= ? AND call.time < ? ORDER BY call.time, call.key",
        (start, end),
    )
    while rows := cursor.fetchmany(_BLOCK):
        texts = words.texts(_words_of(rows))
        yield [_record(row, texts) for row in rows]


def page(
    connection: sqlite3.Connection, words: Words, start: int, end: int, after: str, limit: int
) -> tuple[list[Record], str | None]:
    """At most so many of the rows that `records` gives, and where the following ones begin.

    `after` is what the page before said, "" for the first. Raises ValueError if it is no such.
    """
    time, _, key = after.partition("-")
    place = (int(time), key_from(key)) if after else (start, -(1 << 63))
    rows = connection.execute(
        f"SELECT {_COLUMNS}, {_CELL}, cell.sub_agent FROM call JOIN cell ON cell.id = call.cell"
        " WHERE call.time >= ? AND call.time < ? AND (call.time, call.key) > (?, ?)"
        " ORDER BY call.time, call.key LIMIT ?",
        (max(start, place[0]), end, *place, limit + 1),
    ).fetchall()
    texts = words.texts(_words_of(rows))
    found = [_record(row, texts) for row in rows[:limit]]
    if len(rows) <= limit:
        return found, None
    return found, f"{found[-1].time}-{found[-1].key}"


def row_of(key: int) -> str:
    """A key as text."""
    return f"{key & (1 << 64) - 1:016x}"


def key_from(text: str) -> int:
    """A key from its text; raises ValueError."""
    number = int(text, 16)
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{text!r} is no key")
    return number - (1 << 64) if number >> 63 else number


def known(connection: sqlite3.Connection, words: Words, found: list[Record]) -> set[str]:
    """The keys of those records that the ledger has, as new or newer."""
    machines = {record.machine: words.find(record.machine) for record in found}
    keys = json.dumps([key_from(record.key) for record in found])
    rows = connection.execute(
        "SELECT key, id FROM call WHERE key IN (SELECT value FROM json_each(?))", (keys,)
    )
    stored = {key: place_of(row_id) for key, row_id in rows}
    return {
        record.key
        for record in found
        if (place := stored.get(key_from(record.key))) is not None
        and place[0] == machines[record.machine]
        and place[1] >= record.seq
    }


def _words_of(rows: list[tuple[Any, ...]]) -> set[int]:
    width = len(Row._fields)
    found: set[int] = set()
    for row in rows:
        machine, _ = place_of(row[0])
        found.update((machine, *row[TIER : GEO + 1], *row[width : width + len(DIMENSIONS)]))
    return found


def _record(columns: tuple[Any, ...], texts: dict[int, str]) -> Record:
    row = Row._make(columns[: len(Row._fields)])
    cell = columns[len(Row._fields) :]
    machine, seq = place_of(row.id)
    return Record(
        row_of(row.key),
        texts[machine],
        seq,
        row.time,
        tokens_from(row, FIRST_TOKEN),
        **{name: texts[number] for name, number in zip(DIMENSIONS, cell, strict=False)},
        sub_agent=bool(cell[-1]),
        tier=texts[row.tier],
        geo=texts[row.geo],
        reported=row.reported,
        cost=row.cost,
    )
