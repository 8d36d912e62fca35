"""What SQLite itself says of a ledger: whole, damaged, or not to be had just now.

Nothing else decides what becomes of the file. A full disk, a busy file, a process out of
descriptors or rights that are missing pass, and say nothing about what is in it.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.ledger.texts import text_of

# A row that claims more bytes than there can be is one of noise.
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG}
_MOST: Final = 10_000  # faults that are listed
_MISSING: Final = re.compile(r"NULL value in ([a-z_]+)\.([a-z_]+)")
_OPCODES: Final = 100_000  # between two looks at whether anybody still wants to know
_RIGHTS: Final = "Check who owns that file and its folder, their permissions, and `ulimit -n`."
_HINTS: Final = {
    sqlite3.SQLITE_FULL: "Free some space on that disk and try again.",
    sqlite3.SQLITE_BUSY: "Another program has it open; end that one and try again.",
    sqlite3.SQLITE_LOCKED: "Another program has it open; end that one and try again.",
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_IOERR: "Check the disk and its free space, and try again.",
    **dict.fromkeys(_DAMAGE, "Salvage what can be read of it with: ringlet doctor --fix"),
}


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says by this error that the file is no database, or a damaged one."""
    return _code(error) in _DAMAGE


def unusable(path: Path, error: sqlite3.Error) -> RingletError:
    """What SQLite ran into, with the next step."""
    return RingletError(
        ErrorCode.STORAGE_ERROR,
        f"Cannot use the ledger {path}: {error}",
        hint=_HINTS.get(_code(error), "See what is wrong with: ringlet doctor"),
    )


def is_nonsense(error: sqlite3.Error) -> bool:
    """Whether SQLite takes a statement to be wrong; if it is not, the file's first page is."""
    return _code(error) == sqlite3.SQLITE_ERROR


def contradiction(error: Exception) -> sqlite3.DatabaseError:
    """What SQLite says of a first page that does not fit the rest, as the damage that it is."""
    found = sqlite3.DatabaseError(f"the first page contradicts the file ({error})")
    found.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return found


def open_to_read(path: Path, *, alone: bool = False) -> sqlite3.Connection:
    """A connection that changes nothing, not even by closing it.

    `alone` leaves the write-ahead log out. Never open the file by other means while a connection
    is open in this process: closing that descriptor would let go of SQLite's locks.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = text_of
    try:
        connection.execute("PRAGMA cache_size = -2000")
        connection.execute("PRAGMA temp_store = MEMORY")
    except UnicodeDecodeError as error:  # in the very sentence that says what is damaged
        connection.close()
        raise contradiction(error) from error
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def inspect(path: Path, *, alone: bool = False, is_over: Callable[[], bool] = lambda: False) -> str:
    """What is damaged in the ledger, in SQLite's words; empty if it is whole, or not there.

    Reads all of it, about a second for a gigabyte, in little memory. Raises STORAGE_ERROR if it is
    no file, cannot be looked at just now, or nobody wants to know any more.
    """
    if size_of(path) is None:
        if os.path.lexists(path):
            raise RingletError(ErrorCode.STORAGE_ERROR, f"The ledger {path} is no file")
        return ""
    try:
        with closing(open_to_read(path, alone=alone)) as connection:
            connection.set_progress_handler(is_over, _OPCODES)
            said = {text for (text,) in connection.execute(f"PRAGMA quick_check({_MOST})")}
            faults = [text for text in said - {"ok"} if not _is_mistaken(connection, text)]
    except sqlite3.Error as error:
        if is_damage(error):
            return str(error)
        raise unusable(path, error) from error
    return " ".join(min(faults, default="").split())


def _is_mistaken(connection: sqlite3.Connection, said: str) -> bool:
    """Whether a fault is none: 3.40 misses a value where a key has its columns in another order."""
    missing = _MISSING.fullmatch(said)
    if missing is None:
        return False
    table, column = missing.groups()
    found = connection.execute(f"SELECT 1 FROM {table} WHERE typeof({column}) = 'null' LIMIT 1")
    return found.fetchone() is None


def headless(path: Path) -> str:
    """Why the file cannot be opened as it is although its log holds something, or nothing.

    SQLite throws a log away that lies beside an empty file.
    """
    if not size_of(path) and size_of(companion(path, "-wal")):
        return "the file is empty or gone, its write-ahead log is not"
    return ""


def companion(path: Path, suffix: str) -> Path:
    """What belongs to a database: its `-wal`, `-shm` or `-journal`."""
    return path.with_name(path.name + suffix)


def size_of(path: Path) -> int | None:
    """The size of a regular file; None if there is none. Does not open it."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _code(error: BaseException | None) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
