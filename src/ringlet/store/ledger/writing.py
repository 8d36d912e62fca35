"""Take billed answers into the ledger: one row for each, and the sums of its quarter-hour.

The sums change by what a row changes, in the transaction that changes the row, so they equal
the rows at any moment. Whoever calls holds a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import neg
from typing import Final

from msgspec.structs import replace

from ringlet.domain.usage import REPORTED, Call
from ringlet.store.ledger.exchange import Record, key_from
from ringlet.store.ledger.replays import Replays
from ringlet.store.ledger.reports import Reports
from ringlet.store.ledger.rows import (
    QUARTER_MS,
    Pricing,
    Row,
    Taken,
    better,
    contribution,
    cost_columns,
    key_of,
    place,
    place_of,
    rank,
    texts_of,
    token_columns,
    tokens_from,
)
from ringlet.store.ledger.schema import COSTS, DIMENSIONS, TOKENS
from ringlet.store.ledger.texts import LOST
from ringlet.store.ledger.words import Words

_SUMS: Final = ("calls", *TOKENS, *COSTS, "unpriced")
_ADD: Final = ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
_PUT_ROLL: Final = (
    f"INSERT INTO roll VALUES ({', '.join('?' * (2 + len(_SUMS)))})"
    f" ON CONFLICT (quarter, cell) DO UPDATE SET {_ADD}"
)
_CALL: Final = f"INTO call VALUES ({', '.join('?' * len(Row._fields))})"

Change = tuple[Row | None, Row]


class Writer:
    """Adds calls and counts them up. `machine` is the word of this machine's name."""

    def __init__(self, connection: sqlite3.Connection, words: Words, machine: str) -> None:
        self._connection = connection
        self._words = words
        self._machine = machine
        self._replays = Replays(connection)
        self._reports = Reports(connection)

    def add(self, calls: Iterable[Call], price: Pricing) -> list[Taken]:
        """Take in calls; returns those that changed anything."""
        pending: dict[int, Call] = {}
        for call in calls:
            key = self._replays.resolve(call)
            known = pending.get(key)
            pending[key] = call if known is None else better(known, call)
        return self._take(self._reports.meet(pending), {}, price)

    def report(self, calls: Iterable[Call], price: Pricing) -> list[Taken]:
        """Take in calls that an agent reported, but for those that its files told of; see `add`."""
        news = self._reports.news(calls)
        return self._take({key_of(call.source, call.native_id): call for call in news}, {}, price)

    def merge(self, records: Iterable[Record], price: Pricing) -> list[Taken]:
        """Take in records of a ledger, which keep their machine and number; see `add`."""
        pending: dict[int, Call] = {}
        places: dict[int, int] = {}
        found = [(key_from(record.key), record) for record in records]
        kept_as = self._reports.targets({own for own, _ in found})
        for own, record in found:
            key = kept_as.get(own, own)
            known, call = pending.get(key), record.call()
            pending[key] = call if known is None else better(known, call)
            if pending[key] is not known:
                places[key] = place(self._words.id(record.machine), record.seq)
        self._count_past(places.values())
        for key in self._taken(places):
            del places[key]
        return self._take(pending, places, price)

    def _take(
        self, pending: dict[int, Call], places: dict[int, int], price: Pricing
    ) -> list[Taken]:
        stored = self._stored(pending)
        winners: dict[int, Call] = {}
        for key, call in pending.items():
            old = stored.get(key)
            if (winner := call if old is None else self._settle(old, call)) is not None:
                winners[key] = winner
        fresh = self._places(len(winners.keys() - places.keys()))
        rows = [
            self._row(key, places.get(key) or next(fresh), call, price)
            for key, call in winners.items()
        ]
        self.put([(stored.get(row.key), row) for row in rows])
        return [Taken(call, row.cost) for call, row in zip(winners.values(), rows, strict=True)]

    def put(self, changes: Sequence[Change]) -> None:
        """Replace rows by others, or add them, and correct the sums by the difference."""
        # As plain tuples: sqlite3 takes the values of any other kind one by one, at half the speed.
        fresh = [tuple(new) for old, new in changes if old is None]
        self._connection.executemany(f"INSERT {_CALL}", fresh)
        changed = [tuple(new) for old, new in changes if old is not None]
        self._connection.executemany(f"INSERT OR REPLACE {_CALL}", changed)
        parts: defaultdict[tuple[int, int], list[Iterable[int]]] = defaultdict(list)
        for old, new in changes:
            if old is not None:
                parts[old.time // QUARTER_MS, old.cell].append(map(neg, contribution(old)))
            parts[new.time // QUARTER_MS, new.cell].append(contribution(new))
        sums = {
            quarter: tuple(map(sum, zip(*each, strict=True))) for quarter, each in parts.items()
        }
        self._connection.executemany(
            _PUT_ROLL, [quarter + values for quarter, values in sums.items() if any(values)]
        )
        if changed:
            emptied = [quarter for quarter, values in sums.items() if values[0] < 0]
            self._connection.executemany(
                "DELETE FROM roll WHERE quarter = ? AND cell = ? AND calls = 0", emptied
            )

    def _stored(self, keys: Iterable[int]) -> dict[int, Row]:
        rows = self._connection.execute(
            "SELECT * FROM call WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {row.key: row for row in map(Row._make, rows)}

    def _places(self, count: int) -> Iterator[int]:
        """So many ids of this machine that none of its rows ever had."""
        machine = self._words.id(self._machine)
        (last,) = self._connection.execute(
            "UPDATE meta SET value = value + ? WHERE name = 'sequence' RETURNING value", (count,)
        ).fetchone()
        first = place(machine, last - count + 1)
        return iter(range(first, first + count))

    def _count_past(self, row_ids: Iterable[int]) -> None:
        """Give none of these ids to a row any more: this machine did, before it lost them."""
        machine = self._words.id(self._machine)
        own = [seq for of, seq in map(place_of, row_ids) if of == machine]
        self._connection.execute(
            "UPDATE meta SET value = max(value, ?) WHERE name = 'sequence'", (max(own, default=0),)
        )

    def _settle(self, old: Row, call: Call) -> Call | None:
        """The better of the stored copy and another one; None if the stored one stands.

        What a file says is better than what was reported, whatever the numbers, and than a row
        that came back from a damaged ledger without some of its names.
        """
        cell = self._connection.execute(
            f"SELECT {', '.join(DIMENSIONS)}, sub_agent FROM cell WHERE id = ?", (old.cell,)
        ).fetchone()
        if cell is None:
            return call
        *ids, sub_agent = cell
        texts = self._words.texts(ids)
        first = dict(zip(DIMENSIONS, (texts[number] for number in ids), strict=True))
        first["run_id"] = first.pop("run")
        if any(text.startswith(LOST) for text in first.values()):
            named = {name: text for name, text in first.items() if not text.startswith(LOST)}
            return replace(call, **{**named, "source": call.source, "model": call.model})
        reported = first["source"] == REPORTED
        if reported != (call.source == REPORTED):
            return replace(call, run_id=call.run_id or first["run_id"]) if reported else None
        if rank(call.tokens, call.time, call.sub_agent) <= rank(
            tokens_from(old), old.time, bool(sub_agent)
        ):
            return None
        del first["source"], first["model"]
        return replace(call, **first)

    def _taken(self, places: dict[int, int]) -> list[int]:
        """The keys whose place another one has: a machine that went back to an older ledger."""
        rows = self._connection.execute(
            "SELECT id, key FROM call WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(places.values())),),
        )
        holders = dict(rows.fetchall())
        return [key for key, row_id in places.items() if holders.setdefault(row_id, key) != key]

    def _row(self, key: int, row_id: int, call: Call, price: Pricing) -> Row:
        columns = (
            row_id,
            key,
            call.time,
            self._words.cell(texts_of(call), call.sub_agent),
            *token_columns(call.tokens),
            self._words.id(call.service_tier),
            self._words.id(call.inference_geo),
            call.reported_cost_nano,
            *cost_columns(call, price),
        )
        return Row._make(columns)
