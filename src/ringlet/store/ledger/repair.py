"""Exchange a damaged ledger for what can be salvaged of it.

The damaged file stays where it is until all of the new one is on disk. Then a note is written,
the parts of the old one move into the quarantine folder under names that belong together, the new
one takes their place, and the note goes. Whoever finds the note carries that out to its end.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import storage_error, sync_folder
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.ledger.heads import discard, readable
from ringlet.store.ledger.salvage import Loss, salvage
from ringlet.store.ledger.schema import TABLES, refuse_later
from ringlet.store.ledger.verdict import (
    companion,
    inspect,
    is_damage,
    open_to_read,
    size_of,
    unusable,
)

_PARTS: Final = ("-wal", "-shm", "-journal", "")
_NOTE_BYTES: Final = 1 << 16


class Salvaged(msgspec.Struct, frozen=True):
    """What came of a repair; `kept` is where the damaged file is now, `why` what SQLite said."""

    kept: str
    why: str
    rows: int
    lost: int
    gaps: int
    unnamed: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing was lost, as far as can be known."""
        return not (self.lost or self.gaps or self.unnamed)

    def tell(self) -> str:
        """In a sentence."""
        lost = f"{self.lost:,} are known to be lost" if self.lost else "none is lost"
        if self.gaps:
            more = ", and how many more is not known"
            lost = f"{lost}{more}" if self.lost else "how many are lost is not known"
        unnamed = f", {self.unnamed:,} are without some of their names" if self.unnamed else ""
        return (
            f"the ledger was damaged ({self.why}): {self.rows:,} answers came back,"
            f" {lost}{unnamed}; the damaged file is {self.kept}"
        )

    def look(self) -> str:
        """The command that shows what else is in the damaged file."""
        return f"sqlite3 -readonly {shlex.quote(self.kept)} .dump > rest.sql"


def salvaged_from(note: str) -> Salvaged | None:
    """What a ledger remembers of its repair; None if that is nothing, or noise."""
    try:
        return msgspec.json.decode(note, type=Salvaged)
    except msgspec.DecodeError:
        return None


class Abandoned(Exception):
    """Nobody wants the repair any more; it begins anew the next time."""


def repair(
    path: Path,
    quarantine: Path,
    why: str,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Salvaged:
    """Salvage the ledger, which nobody may have open; blocks, some seconds for a gigabyte.

    Raises STORAGE_ERROR if that cannot be done now; then everything is as before.
    """

    def rest() -> None:
        if is_over():
            raise Abandoned

    refuse_later(path)
    fresh = _fresh(path)
    try:
        discard(fresh)
        kept = quarantine / f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        ensure_private_dir(quarantine)
        loss = _salvage(path, fresh, rest)
        done = Salvaged(str(kept), why, *loss)
        _note_in(fresh, done)
        write_atomic(_note(path), msgspec.json.encode(done))
        _exchange(path, kept)
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    except OSError as error:
        raise storage_error("salvage", path, error) from error
    finally:
        if not _note(path).exists():
            discard(fresh)
    return done


def finish(path: Path) -> None:
    """Carry out what a killed repair had decided, and remove what it left. Raises STORAGE_ERROR."""
    try:
        data = read_bounded(_note(path), _NOTE_BYTES)
        if data is None:
            discard(_fresh(path))
            discard(path.with_name(f".{path.name}.headed"))
            return
        _exchange(path, Path(msgspec.json.decode(data, type=Salvaged).kept))
    except msgspec.DecodeError as error:
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"{_note(path)} is no note of a repair: {error}",
            hint="Remove it.",
        ) from error
    except OSError as error:
        raise storage_error("exchange", path, error) from error


def is_unfinished(path: Path) -> bool:
    """Whether a killed repair left its note."""
    return _note(path).exists()


def _salvage(path: Path, fresh: Path, rest: Callable[[], None]) -> Loss:
    """Salvage from the file with its log, or without it if it is whole alone.

    A log that makes a whole file a damaged one belongs to another.
    """
    if size_of(companion(path, "-wal")) and size_of(path) and _is_whole_alone(path):
        return salvage(f"{path.absolute().as_uri()}?immutable=1", fresh, rest)
    with readable(path) as source:
        return salvage(source, fresh, rest)


def _is_whole_alone(path: Path) -> bool:
    try:
        with closing(open_to_read(path, alone=True)) as alone:
            tables = {name for (name,) in alone.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False
    return tables >= TABLES and not inspect(path, alone=True)


def _exchange(path: Path, kept: Path) -> None:
    fresh = _fresh(path)
    ensure_private_dir(kept.parent)
    if fresh.exists():  # if not, it has taken its place already
        for part in _PARTS:
            if companion(path, part).exists():
                companion(path, part).rename(companion(kept, part))
        sync_folder(kept.parent)
        fresh.rename(path)
        sync_folder(path.parent)
    _note(path).unlink(missing_ok=True)


def _note_in(fresh: Path, done: Salvaged) -> None:
    """Have the new ledger remember what it was made of."""
    with closing(sqlite3.connect(fresh)) as connection, connection:
        said = msgspec.json.encode(done).decode()
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('salvaged', ?)", (said,))
        if not done.is_whole:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('reread', 1)")
    fd = os.open(fresh, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.salvaged")


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.repair")
