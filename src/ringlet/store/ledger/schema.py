"""The tables of the ledger, and how older files become current ones."""

from __future__ import annotations

import functools
import os
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import open_regular, storage_error
from ringlet.store.ledger.mounts import is_shared
from ringlet.store.ledger.texts import text_of
from ringlet.store.ledger.verdict import (
    companion,
    contradiction,
    headless,
    is_damage,
    is_nonsense,
    open_to_read,
    size_of,
    unusable,
)

# What a cell says about the calls in it, in the order of its columns.
DIMENSIONS: Final = (
    "source", "agent", "model", "session", "project", "branch", "profile", "provider", "account",
    "run",
)  # fmt: skip
# What is added up, in the order of the columns of both `call` and `roll`.
TOKENS: Final = (
    "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "reasoning",
    "web_searches",
)  # fmt: skip
# Nano-dollars; all of them are null in a call whose price is not known.
COSTS: Final = ("cost", "cost_input", "cost_output", "cost_cache_read", "cost_cache_write")

_dimensions: Final = ", ".join(f"{name} INTEGER NOT NULL" for name in DIMENSIONS)
_tokens: Final = ", ".join(f"{name} INTEGER NOT NULL" for name in TOKENS)
_costs: Final = ", ".join(f"{name} INTEGER" for name in COSTS)
_sums: Final = ", ".join(f"{name} INTEGER NOT NULL" for name in COSTS)

# Each step brings a file from the version of its position to the next; never edit one, add one.
_STEPS: Final = (
    f"""
    CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE cell (id INTEGER PRIMARY KEY, {_dimensions}, sub_agent INTEGER NOT NULL,
        UNIQUE ({", ".join(DIMENSIONS)}, sub_agent));
    CREATE TABLE call (key INTEGER PRIMARY KEY, machine INTEGER NOT NULL, seq INTEGER NOT NULL,
        time INTEGER NOT NULL, cell INTEGER NOT NULL, {_tokens}, tier INTEGER NOT NULL,
        geo INTEGER NOT NULL, reported INTEGER, {_costs}, price_version INTEGER,
        UNIQUE (machine, seq));
    CREATE TABLE roll (quarter INTEGER NOT NULL, cell INTEGER NOT NULL, calls INTEGER NOT NULL,
        {_tokens}, {_sums}, unpriced INTEGER NOT NULL, PRIMARY KEY (quarter, cell)) WITHOUT ROWID;
    CREATE TABLE alias (key INTEGER PRIMARY KEY, target INTEGER NOT NULL);
    CREATE TABLE replay (key INTEGER PRIMARY KEY, target INTEGER NOT NULL, side INTEGER NOT NULL);
    CREATE TABLE file (path TEXT PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, offset INTEGER NOT NULL,
        tail BLOB NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE run (id TEXT PRIMARY KEY, profile TEXT NOT NULL, agent TEXT NOT NULL,
        provider TEXT NOT NULL, model TEXT NOT NULL, cwd TEXT NOT NULL, started INTEGER NOT NULL,
        ended INTEGER NOT NULL, seconds REAL NOT NULL, cpu_seconds REAL, peak_bytes INTEGER)
        WITHOUT ROWID;
    CREATE INDEX run_ended ON run (ended);
    CREATE INDEX run_profile ON run (profile, started);
    CREATE TABLE home (path TEXT NOT NULL, agent TEXT NOT NULL, profile TEXT NOT NULL,
        PRIMARY KEY (path, agent)) WITHOUT ROWID;
    """,
    # By machine and sequence number, not by key: what comes in is then written at one place. A
    # key is a hash, and rows in the order of hashes are spread over all pages of the file.
    f"""
    CREATE TABLE ordered (id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE,
        time INTEGER NOT NULL, cell INTEGER NOT NULL, {_tokens}, tier INTEGER NOT NULL,
        geo INTEGER NOT NULL, reported INTEGER, {_costs}, price_version INTEGER);
    INSERT INTO ordered SELECT machine << 40 | seq, key, time, cell, {", ".join(TOKENS)}, tier, geo,
        reported, {", ".join(COSTS)}, price_version FROM call ORDER BY machine, seq;
    DROP TABLE call;
    ALTER TABLE ordered RENAME TO call;
    """,
    """
    CREATE TABLE named (path TEXT NOT NULL, agent TEXT NOT NULL, profile TEXT NOT NULL,
        folder TEXT NOT NULL, PRIMARY KEY (path, agent, folder)) WITHOUT ROWID;
    INSERT INTO named SELECT path, agent, profile, '' FROM home;
    DROP TABLE home;
    ALTER TABLE named RENAME TO home;
    """,
)
VERSION: Final = len(_STEPS)
_HIGHEST: Final = 1 << 16  # no file of ours will ever be of a later version
MACHINE: Final = re.compile(r"[0-9a-f]{32}")
SEQUENCE_BITS: Final = 40  # of the id of a row; those above are its machine
LAST: Final = (1 << SEQUENCE_BITS) - 1  # of the numbers that a machine can give to rows
# Those that every version has had.
TABLES: Final = frozenset(
    {"meta", "word", "cell", "call", "roll", "alias", "replay", "file", "run"}
)


def connect(path: Path) -> sqlite3.Connection:
    """Open the ledger, current in its schema; made with mode 0600 if it is not there.

    Its folder must exist, and no connection to it be open in this process. Raises STORAGE_ERROR
    if it is no database, one of another program, or one of a later version; those stay as they are.
    """
    try:
        os.close(open_regular(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW))
    except OSError as error:
        raise storage_error("open", path, error) from error
    connection: sqlite3.Connection | None = None
    try:
        _share_rights(path)
        _refuse_others(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.text_factory = text_of
        # Where others could not share its memory, no write-ahead log is used.
        connection.execute(f"PRAGMA journal_mode = {'TRUNCATE' if is_shared(path) else 'WAL'}")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA cache_size = -8000")
        connection.execute("PRAGMA temp_store = MEMORY")
        _migrate(connection)
        if missing := shapes()[-1] - shape(connection):
            raise contradiction(sqlite3.DatabaseError(f"there is no {'.'.join(min(missing))}"))
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        # None of these statements is wrong about a file whose first page is right.
        if is_nonsense(error):
            error = contradiction(error)
        raise unusable(path, error) from error
    return connection


def _share_rights(path: Path) -> None:
    """Let us write what belongs to a file that we may write.

    SQLite gives a log the mode of its file; one that was begun while that could only be read would
    keep everybody from writing for good.
    """
    for part in (companion(path, suffix) for suffix in ("-wal", "-shm", "-journal")):
        if size_of(part) is not None and part.lstat().st_mode & 0o600 != 0o600:
            with suppress(OSError):  # it is not ours; SQLite says what that means
                part.chmod(0o600)


def _refuse_others(path: Path) -> None:
    """Raise STORAGE_ERROR if the file is none that this version may change."""
    try:
        with closing(open_to_read(path)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as error:
        if is_damage(error):
            raise
        return  # opening it to write says what is wrong, or mends what a killed writer left
    if tables and len(tables & TABLES) < len(TABLES) // 2:
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"{path} is the database of another program",
            hint="Move it away; a ledger is then made, and what agents still have is read.",
        )
    if missing := tables and TABLES - tables:
        raise contradiction(sqlite3.DatabaseError(f"there is no table {min(missing)}"))
    if not 0 <= version <= _HIGHEST:
        raise contradiction(sqlite3.DatabaseError(f"it is of version {version}"))
    _refuse_later(path, version)


def refuse_later(path: Path) -> None:
    """Raise STORAGE_ERROR if the file, damaged as it may be, says that a later version wrote it."""
    if headless(path):
        return
    try:
        with closing(open_to_read(path)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return  # it says nothing any more
    if version <= _HIGHEST:
        _refuse_later(path, version)


def _refuse_later(path: Path, version: int) -> None:
    if version > VERSION:
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"The ledger {path} is of version {version}; this Ringlet knows up to {VERSION}",
            hint="Use the newer Ringlet that wrote it.",
        )


def shape(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """All tables with their columns."""
    return frozenset(
        connection.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
            " WHERE m.type = 'table'"
        ).fetchall()
    )


@functools.cache
def shapes() -> tuple[frozenset[tuple[str, str]], ...]:
    """What `shape` gives for each version, oldest first."""
    found = []
    with closing(sqlite3.connect(":memory:")) as connection:
        for step in _STEPS:
            connection.executescript(step)
            found.append(shape(connection))
    return tuple(found)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema to VERSION, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for number in range(version, VERSION):
            for statement in _STEPS[number].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        _settle_meta(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _settle_meta(connection: sqlite3.Connection) -> None:
    """Have a name of this machine, and a number that none of its rows has; noise may be in both."""
    found = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    machine, sequence = found.get("machine"), found.get("sequence")
    if not isinstance(machine, str) or not MACHINE.fullmatch(machine):
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('machine', ?)", (uuid4().hex,))
    if not isinstance(sequence, int) or not 0 <= sequence < LAST:
        (highest,) = connection.execute(f"SELECT ifnull(max(id & {LAST}), 0) FROM call").fetchone()
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('sequence', ?)", (highest,))
