"""Give a database back the first page, which says what is where, if that is what was lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from ringlet.store.ledger.schema import connect, shape, shapes
from ringlet.store.ledger.texts import text_of
from ringlet.store.ledger.verdict import companion, headless, is_damage, is_nonsense, size_of

_PAGE: Final = 4096  # SQLite's own choice, which nobody ever changed
_PARTS: Final = ("", "-wal", "-shm", "-journal")
_LOGGED: Final = 2  # in a header: there is a write-ahead log
_NEEDED: Final = {"call", "cell", "word"}  # transcripts and logs tell what the others do
_HEADER: Final = 100  # bytes; what is in the file follows them, on the same page
# Where in a header each of our ledgers holds the same: the size of pages, formats, the encoding.
_CONSTANT: Final = (slice(0, 18), slice(20, 24), slice(44, 48), slice(56, 60), slice(72, 92))


@contextmanager
def readable(path: Path) -> Iterator[str]:
    """The URI of a damaged ledger, or of a copy of it with a first page that can be read.

    Tables of every ledger that was made by this schema begin on the same pages.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    copy = path.with_name(f".{path.name}.headed")
    try:
        discard(copy)
        connect(copy).close()
        model = _first_page(copy)
        if not headless(path) and _has_head(uri) and _agree(_first_page(path), model):
            yield uri
            return
        _put_together(path, copy, model)
        yield f"{copy.absolute().as_uri()}?mode=ro"
    finally:
        discard(copy)


def discard(path: Path) -> None:
    """Remove a database and what belongs to it."""
    for suffix in _PARTS:
        companion(path, suffix).unlink(missing_ok=True)


def _has_head(uri: str) -> bool:
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.text_factory = text_of
        connection.execute("PRAGMA writable_schema = ON")  # else a file cut short has none, either
        try:
            found = shape(connection)
        except sqlite3.DatabaseError as error:
            if not is_damage(error) and not is_nonsense(error):
                raise
            return False
    return any(found >= {each for each in known if each[0] in _NEEDED} for known in shapes())


def _agree(head: bytes, model: bytes) -> bool:
    return all(head[part] == model[part] for part in _CONSTANT)


def _first_page(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_PAGE)


def _put_together(path: Path, copy: Path, model: bytes) -> None:
    log = companion(path, "-wal")
    has_log = bool(size_of(log))
    if has_log:
        shutil.copyfile(log, companion(copy, "-wal"))
    if not size_of(path):
        copy.write_bytes(bytes(_PAGE))  # the log holds a first page, if it is the first of all
        copy.chmod(0o600)
        return
    shutil.copyfile(path, copy)
    head = bytearray(model)
    head[18:20] = bytes([_LOGGED if has_log else 1] * 2)
    head[28:32] = (max(1, (size_of(path) or 0) // _PAGE)).to_bytes(4)
    head[32:40] = bytes(8)  # no free pages
    head[92:96] = head[24:28]  # the number of pages above counts
    # What is where is read from the page itself if only its header was lost.
    for length in (_HEADER, _PAGE):
        with copy.open("r+b") as file:
            file.write(head[:length])
        if _has_head(f"{copy.absolute().as_uri()}?mode=ro"):
            break
