"""Price what the ledger holds anew, in pieces between which others can write."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from ringlet.domain.usage import Call
from ringlet.store.ledger.rows import FIRST_COST, GEO, TIER, Pricing, Row, cost_columns, tokens_from
from ringlet.store.ledger.texts import LOST
from ringlet.store.ledger.words import Words
from ringlet.store.ledger.writing import Change, Writer

FIRST: Final = 0
PIECE: Final = 1000  # some 20 ms
_COLUMNS: Final = ", ".join(f"call.{name}" for name in Row._fields)
_WIDTH: Final = len(Row._fields)


def reprice(
    connection: sqlite3.Connection, words: Words, writer: Writer, price: Pricing, after: int
) -> tuple[int, int | None]:
    """Correct the next rows behind the id `after` whose cost is another now.

    How many there were, and behind which id to go on; None if those were the last.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS}, cell.agent, cell.model, cell.provider FROM call"
        " JOIN cell ON cell.id = call.cell WHERE call.id > ? ORDER BY call.id LIMIT ?",
        (after, PIECE),
    ).fetchall()
    texts = words.texts(
        {number for row in rows for number in (*row[TIER : GEO + 1], *row[_WIDTH:])}
    )
    changes = [change for row in rows if (change := _priced(row, texts, price))]
    writer.put(changes)
    return len(changes), rows[-1][0] if len(rows) == PIECE else None


def _priced(columns: tuple[Any, ...], texts: dict[int, str], price: Pricing) -> Change | None:
    row = Row._make(columns[:_WIDTH])
    agent, model, provider = (texts[number] for number in columns[_WIDTH:])
    if any(text.startswith(LOST) for text in (agent, model, provider)):
        return None  # what it cost was known once
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
