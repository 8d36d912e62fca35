"""Give what a profile used its present alias."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from ringlet.store.ledger.rows import Row
from ringlet.store.ledger.schema import DIMENSIONS
from ringlet.store.ledger.words import Words
from ringlet.store.ledger.writing import Change, Writer

_BLOCK: Final = 5000
_WIDTH: Final = len(Row._fields)
_COLUMNS: Final = ", ".join(f"call.{name}" for name in Row._fields)
_CELL: Final = ", ".join(f"cell.{name}" for name in (*DIMENSIONS, "sub_agent"))
_PROFILE: Final = DIMENSIONS.index("profile")


def rename_profile(
    connection: sqlite3.Connection,
    words: Words,
    writer: Writer,
    names: tuple[str, str],
    span: tuple[int, int],
) -> int:
    """Call a profile otherwise: `names` are the former and the present one.

    `span` is the time in which the former one was its alias, in milliseconds since 1970, both ends
    included: before and after it another profile may have had it. Returns how many rows changed.
    """
    former, present = names
    connection.execute(
        "UPDATE run SET profile = ? WHERE profile = ? AND started BETWEEN ? AND ?",
        (present, former, *span),
    )
    if (number := words.find(former)) is None:
        return 0
    changed = last = 0
    while rows := connection.execute(
        f"SELECT {_COLUMNS}, {_CELL} FROM call JOIN cell ON cell.id = call.cell"
        " WHERE cell.profile = ? AND call.time BETWEEN ? AND ? AND call.id > ?"
        " ORDER BY call.id LIMIT ?",
        (number, *span, last, _BLOCK),
    ).fetchall():
        writer.put([_renamed(row, words, present) for row in rows])
        changed += len(rows)
        last = rows[-1][0]
    return changed


def _renamed(columns: tuple[Any, ...], words: Words, present: str) -> Change:
    row = Row._make(columns[:_WIDTH])
    *ids, sub_agent = columns[_WIDTH:]
    found = words.texts(ids)
    texts = [found[number] for number in ids]
    texts[_PROFILE] = present
    return row, row._replace(cell=words.cell(tuple(texts), bool(sub_agent)))
