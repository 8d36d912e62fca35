"""Make a ledger of what can still be read of a damaged one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from ringlet.store.ledger.rows import QUARTER_MS
from ringlet.store.ledger.schema import COSTS, DIMENSIONS, SEQUENCE_BITS, TOKENS, connect
from ringlet.store.ledger.texts import LOST
from ringlet.store.ledger.verdict import is_damage
from ringlet.store.ledger.walking import Passed, Walk, Walker

# Words before cells before rows, so that what refers to something is checked against it.
_TABLES: Final = ("word", "cell", "call", "alias", "replay", "file", "run", "home")
_MOST: Final = 1 << 48  # of tokens or nano-dollars in one answer; more is no number of ours
_MACHINE: Final = re.compile(rb"[0-9a-f]{32}")
_KINDS: Final = {"INTEGER": "('integer')", "TEXT": "('text')", "BLOB": "('blob')",
                 "REAL": "('real', 'integer')"}  # fmt: skip


class Loss(NamedTuple):
    """What came back: answers, those that are known to be lost, and places in any table.

    `unnamed` answers came back without some of what they belong to.
    """

    rows: int
    lost: int
    gaps: int
    unnamed: int


def salvage(source: str, target: Path, rest: Callable[[], None]) -> Loss:
    """Copy from the database at the URI `source` into a new ledger; blocks.

    `rest` is called now and then and may raise. The target's file is whole on disk in the end.
    Raises sqlite3.Error for what is no damage: a full disk, say.
    """
    connect(target).close()
    connection = sqlite3.connect(target, isolation_level=None, uri=True)
    with closing(connection):
        connection.text_factory = bytes
        for pragma in (
            "journal_mode = MEMORY", "synchronous = OFF", "cache_size = -32000",
            "temp_store = MEMORY",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")
        # A file that was cut off is then read as far as it goes.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("ATTACH ? AS old", (source,))
        loss = _Salvage(connection, rest).run()
        connection.execute("DETACH old")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = DELETE")
    return loss


class _Salvage:
    def __init__(self, connection: sqlite3.Connection, rest: Callable[[], None]) -> None:
        self._connection = connection
        self._rest = rest
        self._gaps = 0

    def run(self) -> Loss:
        passed = {table: self._copy(table) for table in _TABLES}
        indexed = self._walk(
            Walk("call", "key", False, "INDEXED BY sqlite_autoindex_call_1", "", "", "")
        )
        self._drop_unreadable()
        (rows,) = self._one("SELECT count(*) FROM call")
        unnamed = self._name()
        self._settle_meta()
        self._sum_up()
        seen = max(passed["call"].rows, indexed.rows)
        return Loss(rows, max(0, seen - rows), self._gaps, unnamed)

    def _copy(self, table: str) -> Passed:
        """Copy a table, by way of its own tree and, where there is one, of the second copy."""
        columns = self._columns(table)
        found = self._columns(table, "old")
        if not found:
            self._gaps += 1
            return Passed(0, 0)
        names = [name for name, *_ in columns]
        walk = Walk(
            name=table,
            key=next(name for name, _, _, place in found if place == 1),
            is_text=next(kind for _, kind, _, place in found if place == 1) == "TEXT",
            access="NOT INDEXED" if table in {"word", "cell", "call", "alias", "replay"} else "",
            into=f"{table} ({', '.join(names)})",
            columns=", ".join(_expression(name, {name for name, *_ in found}) for name in names),
            check=" AND ".join(_checks(table, columns, {name for name, *_ in found})),
        )
        passed = self._walk(walk)
        if passed.gaps and table == "word":
            index = "INDEXED BY sqlite_autoindex_word_1"
            self._walk(walk._replace(key="text", is_text=True, access=index))
        elif passed.gaps and table == "cell":
            self._copy_cells(names, walk.check)
        return passed

    def _copy_cells(self, names: list[str], check: str) -> None:
        """Add cells from the copy in their index, from both of its ends."""
        keys = (*DIMENSIONS, "sub_agent")
        marks = ", ".join("?" * len(names))
        for direction in ("ASC", "DESC"):
            order = ", ".join(f"{key} {direction}" for key in keys)
            try:
                for row in self._connection.execute(
                    f"SELECT {', '.join(names)} FROM old.cell INDEXED BY sqlite_autoindex_cell_1"
                    f" WHERE {check} ORDER BY {order}"
                ):
                    self._connection.execute(f"INSERT OR IGNORE INTO cell VALUES ({marks})", row)
                return
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise

    def _walk(self, walk: Walk) -> Passed:
        try:
            passed = Walker(self._connection, walk, self._rest).copy()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_ERROR:
                raise
            passed = Passed(0, 1)  # there is no such table or tree any more
        self._gaps += passed.gaps
        return passed

    def _columns(self, table: str, of: str = "main") -> list[tuple[str, str, bool, int]]:
        """Name, type, whether it may be null, and place in the key of each column."""
        try:
            rows = self._connection.execute(f"PRAGMA {of}.table_info({table})").fetchall()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            return []
        return [
            (name.decode(), kind.decode(), not needed, place)
            for _, name, kind, needed, _, place in rows
        ]

    def _drop_unreadable(self) -> None:
        """Remove texts that are none."""
        for table, column in (("word", "text"), ("file", "path"), ("run", "id"), ("home", "path")):
            rows = self._connection.execute(f"SELECT {column} FROM {table}").fetchall()
            bad = [(text,) for (text,) in rows if not _is_text(text)]
            self._gaps += len(bad)
            self._connection.executemany(
                f"DELETE FROM {table} WHERE {column} = CAST(? AS TEXT)", bad
            )

    def _name(self) -> int:
        """Give words and cells that are gone a name that says so; how many rows that concerns.

        Each has its own: otherwise two sessions would become one.
        """
        self._connection.execute(
            "CREATE TEMP TABLE lost_cell AS SELECT DISTINCT cell AS id FROM call"
            " WHERE cell NOT IN (SELECT id FROM cell)"
        )
        used = [f"SELECT {name} AS id FROM cell" for name in DIMENSIONS]
        used += [f"SELECT {name} FROM call" for name in ("tier", "geo", f"id >> {SEQUENCE_BITS}")]
        self._connection.execute(
            f"CREATE TEMP TABLE lost_word AS SELECT id FROM ({' UNION '.join(used)})"
            " WHERE id NOT IN (SELECT id FROM word)"
        )
        self._connection.execute(
            f"INSERT INTO word SELECT id, '{LOST}' || id || ')' FROM lost_word"
        )
        (last,) = self._one("SELECT max(ifnull((SELECT max(id) FROM word), 0), 0)")
        cells = [number for (number,) in self._rows("SELECT id FROM lost_cell")]
        marks = ", ".join("?" * (len(DIMENSIONS) + 2))
        for word, cell in enumerate(cells, last + 1):
            self._connection.execute("INSERT INTO word VALUES (?, ?)", (word, f"{LOST}{word})"))
            self._connection.execute(
                f"INSERT INTO cell VALUES ({marks})", (cell, *[word] * len(DIMENSIONS), 0)
            )
        gone = " OR ".join(f"{name} IN (SELECT id FROM lost_word)" for name in DIMENSIONS)
        (count,) = self._one(
            "SELECT count(*) FROM call WHERE cell IN (SELECT id FROM lost_cell)"
            f" OR cell IN (SELECT id FROM cell WHERE {gone})"
        )
        return int(count)

    def _settle_meta(self) -> None:
        """Go on as the same machine if its name is left, and behind every number it gave."""
        found: dict[bytes, Any] = {}
        for name in ("machine", "sequence", "prices"):
            try:
                row = self._one(f"SELECT value FROM old.meta WHERE name = '{name}'")
            except sqlite3.DatabaseError as error:
                if not is_damage(error) and not isinstance(error, sqlite3.OperationalError):
                    raise
                row = None
            if row is not None:
                found[name.encode()] = row[0]
        machine, sequence = found.get(b"machine"), found.get(b"sequence")
        if not isinstance(machine, bytes) or not _MACHINE.fullmatch(machine):
            self._gaps += 1
            return
        self._connection.execute(
            "UPDATE meta SET value = ? WHERE name = 'machine'", (machine.decode(),)
        )
        (own,) = self._one(
            f"SELECT ifnull(max(id & {(1 << SEQUENCE_BITS) - 1}), 0) FROM call WHERE"
            f" id >> {SEQUENCE_BITS} = (SELECT id FROM word WHERE text = '{machine.decode()}')"
        )
        known = sequence if isinstance(sequence, int) and 0 <= sequence < 1 << 39 else 0
        self._connection.execute(
            "UPDATE meta SET value = ? WHERE name = 'sequence'", (max(known, own),)
        )
        if _is_text(found.get(b"prices")):
            self._connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('prices', CAST(? AS TEXT))",
                (found[b"prices"],),
            )

    def _sum_up(self) -> None:
        """Make the sums by quarter-hour of the rows."""
        tokens = ", ".join(f"sum({name})" for name in TOKENS)
        costs = ", ".join(f"sum(CASE WHEN cost IS NULL THEN 0 ELSE {name} END)" for name in COSTS)
        self._connection.execute(
            f"INSERT INTO roll SELECT time / {QUARTER_MS}, cell, count(*), {tokens}, {costs},"
            " sum(cost IS NULL) FROM call GROUP BY 1, 2"
        )

    def _one(self, query: str) -> Any:
        return self._connection.execute(query).fetchone()

    def _rows(self, query: str) -> list[Any]:
        return self._connection.execute(query).fetchall()


def _expression(name: str, found: set[str]) -> str:
    """A column of today in the words of an older schema."""
    if name not in found:
        return {"id": f"machine << {SEQUENCE_BITS} | seq", "folder": "''"}.get(name, "NULL")
    return name


def _checks(
    table: str, columns: Iterable[tuple[str, str, bool, int]], found: set[str]
) -> list[str]:
    """What holds for every row that we ever wrote, and seldom for noise."""
    checks = ["1"]
    for name, kind, nullable, _ in columns:
        kinds = _KINDS.get(kind, "('integer', 'text')")
        is_null = f" OR {name} IS NULL" if nullable and table in {"call", "run"} else ""
        if name in found:
            checks.append(f"(typeof({name}) IN {kinds}{is_null})")
    if table == "call":
        checks += [f"{name} BETWEEN 0 AND {_MOST}" for name in TOKENS]
        checks += [f"ifnull({name}, 0) BETWEEN 0 AND {_MOST}" for name in (*COSTS, "reported")]
        # All costs are there, or none is.
        checks += [f"({name} IS NULL) = (cost IS NULL)" for name in COSTS[1:]]
        checks += ["cell > 0", "tier > 0", "geo > 0", f"time BETWEEN 1 AND {_MOST}"]
    return checks


def _is_text(value: object) -> bool:
    if not isinstance(value, bytes):
        return False
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
