"""Give a database back the first page, which says what is where, if that is what was lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from ringlet.store.ledger.schema import connect
from ringlet.store.ledger.verdict import companion, headless, is_damage, size_of

_PAGE: Final = 4096  # SQLite's own choice, which nobody ever changed
_PARTS: Final = ("", "-wal", "-shm", "-journal")
_LOGGED: Final = 2  # in a header: there is a write-ahead log


@contextmanager
def readable(path: Path) -> Iterator[str]:
    """The URI of a damaged ledger, or of a copy of it with a first page that can be read.

    Tables of every ledger that was made by this schema begin on the same pages.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    if not headless(path) and _has_head(uri):
        yield uri
        return
    copy = path.with_name(f".{path.name}.headed")
    try:
        discard(copy)
        _put_together(path, copy)
        yield f"{copy.absolute().as_uri()}?mode=ro"
    finally:
        discard(copy)


def discard(path: Path) -> None:
    """Remove a database and what belongs to it."""
    for suffix in _PARTS:
        companion(path, suffix).unlink(missing_ok=True)


def _has_head(uri: str) -> bool:
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.execute("PRAGMA writable_schema = ON")  # else a file cut short has none, either
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            return False
    return True


def _put_together(path: Path, copy: Path) -> None:
    log = companion(path, "-wal")
    has_log = bool(size_of(log))
    if has_log:
        shutil.copyfile(log, companion(copy, "-wal"))
    if not size_of(path):
        copy.write_bytes(bytes(_PAGE))  # the log holds a first page, if it is the first of all
        copy.chmod(0o600)
        return
    connect(copy).close()
    with copy.open("rb") as model:
        head = bytearray(model.read(_PAGE))
    shutil.copyfile(path, copy)
    head[18:20] = bytes([_LOGGED if has_log else 1] * 2)
    head[28:32] = (max(1, (size_of(path) or 0) // _PAGE)).to_bytes(4)
    head[32:40] = bytes(8)  # no free pages
    head[92:96] = head[24:28]  # the number of pages above counts
    with copy.open("r+b") as file:
        file.write(head)
