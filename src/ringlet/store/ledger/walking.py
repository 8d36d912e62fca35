"""Copy a table out of a damaged database, piece by piece, around what cannot be read.

A piece that SQLite cannot read is halved until the place is found; then the next key behind it
from which on reading works is looked for. Keys are numbers, or texts taken as large numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from operator import le
from typing import Any, Final, NamedTuple

from ringlet.store.ledger.verdict import is_damage

_PIECE: Final = 4096
_PROBES: Final = 64  # within what was jumped over, for what can be read between two damaged places
_STRIDE: Final = 16  # between such probes, by which each is farther than the one before
_LOWEST: Final = -(1 << 63)
_HIGHEST: Final = (1 << 63) - 1
_SPARE: Final = 128  # bytes by which texts may be longer than the one before the damage


class Walk(NamedTuple):
    """What to copy: `name` of the damaged database, in the order of `key`.

    `access` tells SQLite by which of its trees to read, `columns` are what they are called there,
    and only rows for which `check` holds are taken.
    """

    name: str
    key: str
    is_text: bool
    access: str
    into: str
    columns: str
    check: str


class Passed(NamedTuple):
    """How many rows lay on the way, and how many places could not be read."""

    rows: int
    gaps: int


class Walker:
    """Walks through one table of the database that is attached as `old`."""

    def __init__(
        self, connection: sqlite3.Connection, walk: Walk, rest: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._walk = walk
        self._rest = rest
        self._place = "CAST(? AS TEXT)" if walk.is_text else "?"
        self._source = f"old.{walk.name} {walk.access}"

    def copy(self) -> Passed:
        """Copy what can be read; `rest` is called between two pieces, and may raise."""
        rows = gaps = 0
        size = _PIECE
        length = 0  # of texts; the first of them is the empty one
        at: int | None = 0 if self._walk.is_text else _LOWEST
        while at is not None:
            self._rest()
            try:
                keys = self._piece(at, length, size)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                if size > 1:
                    size = max(1, size // 4)
                    continue
                gaps += 1
                if self._walk.is_text:
                    at, length = at << 8 * _SPARE, length + _SPARE
                at = self._behind(at, length)
                continue
            if not keys:
                break
            rows += len(keys)
            at, length = self._after(keys[-1])
            size = min(_PIECE, size * 2)
        return Passed(rows, gaps)

    def _piece(self, at: int, length: int, size: int) -> list[Any]:
        """Copy some rows from a key on; their keys."""
        keys, walk = self._keys(at, length, size), self._walk
        if keys and walk.into:
            # No more rows than those: whoever looks for the next one finds the damage behind them.
            self._connection.execute(
                f"INSERT OR IGNORE INTO main.{walk.into} SELECT {walk.columns} FROM"
                f" ({self._rows('*')}) WHERE {walk.check}",
                (self._value(at, length), len(keys)),
            )
        return keys

    def _keys(self, at: int, length: int, size: int) -> list[Any]:
        """The keys of some rows from a key on; raises what a damage raises if they cannot be."""
        first = self._value(at, length)
        found = self._connection.execute(self._rows(self._walk.key), (first, size))
        keys = [key for (key,) in found]
        if {type(key) for key in keys} - {type(first)} or not all(map(le, [first, *keys], keys)):
            raise _disorder()
        if keys:
            self._require_nothing_between(*(self._after(keys[-2]) if keys[1:] else (at, length)),
                                          keys[-1])  # fmt: skip
        return keys

    def _require_nothing_between(self, low: int | None, length: int, key: Any) -> None:
        """Whoever looks for any key from a lower one on must find this one.

        A key that is noise may be far too high; to go on behind it would leave out all others.
        """
        if low is None:
            return
        high = key
        if self._walk.is_text:
            low, length = low << 8 * len(key), length + len(key)
            high = int.from_bytes(key[:length].ljust(length, b"\0"))
        step = 1
        while low + step < high:
            if self._first(low + step, length) != key:
                raise _disorder()
            step *= _STRIDE

    def _behind(self, at: int, length: int) -> int | None:
        """The first key found behind a damaged place from which on reading works again."""
        top = (1 << 8 * length) - 1 if self._walk.is_text else _HIGHEST
        step = 1
        while not self._reads(min(at + step, top), length):
            if at + step >= top:
                return None
            step *= 2
        bad, good = at + step // 2, min(at + step, top)
        for point in range(at + 1, good, max(1, (good - at) // _PROBES)):
            if self._reads(point, length):
                good = point
                break
            bad = point
        bad = min(bad, good - 1)
        while good - bad > 1:
            middle = (bad + good) // 2
            if self._reads(middle, length):
                good = middle
            else:
                bad = middle
        return good

    def _reads(self, at: int, length: int) -> bool:
        """Whether there is a row from this key on that can be copied, or no row any more."""
        try:
            if self._keys(at, length, 1) and self._walk.into:
                values = (self._value(at, length), 1)
                self._connection.execute(self._rows(self._walk.columns), values).fetchone()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            return False
        return True

    def _first(self, at: int, length: int) -> Any:
        row = self._connection.execute(
            self._rows(self._walk.key), (self._value(at, length), 1)
        ).fetchone()
        return None if row is None else row[0]

    def _rows(self, columns: str) -> str:
        """The query for columns of so many rows from a key on."""
        key = self._walk.key
        return (
            f"SELECT {columns} FROM {self._source} WHERE {key} >= {self._place}"
            f" ORDER BY {key} LIMIT ?"
        )

    def _after(self, key: Any) -> tuple[int | None, int]:
        """The next key there can be, and its length if it is a text."""
        if isinstance(key, bytes):
            return int.from_bytes(key + b"\0"), len(key) + 1
        return (None if key == _HIGHEST else key + 1), 0

    def _value(self, at: int, length: int) -> Any:
        """The key itself: the number, or the text of so many bytes."""
        return at.to_bytes(length) if self._walk.is_text else at


def _disorder() -> sqlite3.DatabaseError:
    """Keys that are none, or fall: a damage that SQLite did not see."""
    error = sqlite3.DatabaseError("keys out of order")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
