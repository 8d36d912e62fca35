"""Price what the ledger holds anew, in one pass."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from ringlet.domain.usage import Call
from ringlet.store.ledger.rows import FIRST_COST, Pricing, Row, cost_columns, tokens_from
from ringlet.store.ledger.words import Words
from ringlet.store.ledger.writing import Change, Writer

_BLOCK: Final = 5000
_COLUMNS: Final = ", ".join(f"call.{name}" for name in Row._fields)
_WIDTH: Final = len(Row._fields)


def reprice(connection: sqlite3.Connection, words: Words, writer: Writer, price: Pricing) -> int:
    """Correct every row whose cost is another now; how many there were."""
    cursor = connection.cursor()
    changed, last = 0, -(1 << 63)
    while rows := cursor.execute(
        f"SELECT {_COLUMNS}, cell.agent, cell.model, cell.provider FROM call"
        " JOIN cell ON cell.id = call.cell WHERE call.key > ? ORDER BY call.key LIMIT ?",
        (last, _BLOCK),
    ).fetchall():
        texts = words.texts({number for row in rows for number in (*row[12:14], *row[_WIDTH:])})
        changes = [change for row in rows if (change := _priced(row, texts, price))]
        writer.put(changes)
        changed += len(changes)
        last = rows[-1][0]
    return changed


def _priced(columns: tuple[Any, ...], texts: dict[int, str], price: Pricing) -> Change | None:
    row = Row._make(columns[:_WIDTH])
    agent, model, provider = (texts[number] for number in columns[_WIDTH:])
    call = Call(
        source="",
        native_id="",
        time=row.time,
        tokens=tokens_from(row),
        agent=agent,
        model=model,
        provider=provider,
        service_tier=texts[row.tier],
        inference_geo=texts[row.geo],
        reported_cost_nano=row.reported,
    )
    costs = cost_columns(call, price)
    if costs == row[FIRST_COST:]:
        return None
    return row, Row._make((*row[:FIRST_COST], *costs))
