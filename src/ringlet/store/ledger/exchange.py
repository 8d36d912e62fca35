"""Rows of the ledger as records that can leave it and be taken into another one.

The newest state of each row goes by (machine, sequence number): whoever has that has the row,
so taking a file in twice changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec

from ringlet.domain.usage import Call, Count, Tokens
from ringlet.store.ledger.rows import (
    FIRST_TOKEN,
    GEO,
    SEQUENCE_BITS,
    TIER,
    Row,
    place_of,
    tokens_from,
)
from ringlet.store.ledger.schema import DIMENSIONS
from ringlet.store.ledger.words import Words

_COLUMNS: Final = ", ".join(f"call.{name}" for name in Row._fields)
_CELL: Final = ", ".join(f"cell.{name}" for name in DIMENSIONS)
_BLOCK: Final = 2000
# Half of the numbers that there are, so that a record which claims the last one leaves enough.
_LAST: Final = 1 << SEQUENCE_BITS - 1
_YEARS: Final = (946_684_800_000, 7_258_118_400_000)  # 2000 to 2200, in milliseconds


class Record(msgspec.Struct, frozen=True):
    """One row with its texts; `key` is 16 hexadecimal digits, costs are nano-dollars."""

    key: str
    machine: str
    seq: Annotated[int, msgspec.Meta(gt=0, lt=_LAST)]
    time: Annotated[int, msgspec.Meta(ge=_YEARS[0], lt=_YEARS[1])]
    tokens: Tokens
    source: str
    agent: str
    model: str
    session: str
    project: str
    branch: str
    profile: str
    provider: str
    account: str
    run: str
    sub_agent: bool
    tier: str
    geo: str
    reported: Count | None
    cost: int | None

    def call(self) -> Call:
        """The answer that the record is about."""
        return Call(
            source=self.source,
            native_id=self.key,
            time=self.time,
            tokens=self.tokens,
            agent=self.agent,
            model=self.model,
            session=self.session,
            project=self.project,
            branch=self.branch,
            profile=self.profile,
            provider=self.provider,
            account=self.account,
            run_id=self.run,
            sub_agent=self.sub_agent,
            service_tier=self.tier,
            inference_geo=self.geo,
            reported_cost_nano=self.reported,
        )


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
