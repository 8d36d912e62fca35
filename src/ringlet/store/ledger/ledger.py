"""The ledger as others see it. Its methods block and may be called from several threads."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Final

from ringlet.domain.usage import Call
from ringlet.store.ledger import exchange, positions, pricing, runs
from ringlet.store.ledger.exchange import Record
from ringlet.store.ledger.positions import Home, Position
from ringlet.store.ledger.queries import Queries, Span, Sum
from ringlet.store.ledger.renaming import rename_profile
from ringlet.store.ledger.rows import Pricing, Taken
from ringlet.store.ledger.runs import Run, RunSum
from ringlet.store.ledger.schema import connect
from ringlet.store.ledger.verdict import is_damage, open_to_read, unusable
from ringlet.store.ledger.words import Words
from ringlet.store.ledger.writing import Writer

Blocks = Generator[list[Record], None, None]
_EVER: Final = (-(1 << 62), 1 << 62)
_BREATH: Final = 0.001  # a lock is not fair: who waits for it gets it only while nobody asks


class Ledger:
    """One open ledger; `generation` counts up with every change.

    Whoever asks for sums does not wait for whoever writes, nor the other way round. `damage` is
    what SQLite said when it met a damaged page.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.generation = 0
        self.damage = ""
        self._over = False
        self._lock = threading.RLock()
        self._connection = connect(path)
        self._asking = threading.RLock()
        try:
            self._asked = open_to_read(path)
            self.machine = self._meta("machine")
        except sqlite3.Error as error:
            self._connection.close()
            raise unusable(path, error) from error
        self._words = Words(self._connection)
        self._writer = Writer(self._connection, self._words, self.machine)
        self._queries = Queries(self._asked, Words(self._asked))

    def ingest(
        self, calls: Iterable[Call], files: Iterable[Position], price: Pricing
    ) -> list[Taken]:
        """Take in calls and how far the files with them were read, all or nothing.

        Returns the calls that are new or say more than before.
        """
        with self._transaction():
            changed = self._writer.add(calls, price)
            positions.save(self._connection, files)
        self.generation += bool(changed)
        return changed

    def report(self, calls: Iterable[Call], price: Pricing) -> list[Taken]:
        """Take in calls that an agent reported while it ran; see `ingest`."""
        with self._transaction():
            changed = self._writer.report(calls, price)
        self.generation += bool(changed)
        return changed

    def merge(self, records: Sequence[Record], price: Pricing) -> int:
        """Take in records of another ledger; how many of them were news."""
        with self._transaction():
            have = exchange.known(self._connection, self._words, list(records))
            fresh = [record for record in records if record.key not in have]
            changed = len(self._writer.merge(fresh, price))
        self.generation += bool(changed)
        return changed

    def rename_profile(self, names: tuple[str, str], span: tuple[int, int]) -> int:
        """See `renaming.rename_profile`."""
        with self._transaction():
            changed = rename_profile(self._connection, self._words, self._writer, names, span)
        self.generation += 1
        return changed

    def reprice(self, price: Pricing, is_over: Callable[[], bool] = lambda: False) -> int | None:
        """Price all rows anew; how many of them cost something else now.

        That is done in pieces, so that no writer waits for all of it. Rows and sums agree after
        each; until the last one there are rows of both prices. None if it `is_over` before.
        """
        changed = 0
        after: int | None = pricing.FIRST
        while after is not None:
            if self._over or is_over():
                return None
            with self._transaction():
                count, after = pricing.reprice(
                    self._connection, self._words, self._writer, price, after
                )
            self.generation += bool(count)
            changed += count
            if after is not None:
                time.sleep(_BREATH)
        return changed

    def keep_priced(
        self, price: Pricing, state: str, is_over: Callable[[], bool] = lambda: False
    ) -> int:
        """Price all rows anew unless that was done in this `state` of the lists; see `reprice`."""
        with self._reading():
            found = self._connection.execute("SELECT value FROM meta WHERE name = 'prices'")
            if found.fetchone() == (state,):
                return 0
        changed = self.reprice(price, is_over)
        if changed is None:
            return 0
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('prices', ?)", (state,))
        return changed

    def records(
        self, start: int = _EVER[0], end: int = _EVER[1]
    ) -> Generator[list[Record], None, None]:
        """All rows by time (milliseconds, UTC) from `start` up to `end`, in blocks.

        They come from a connection of their own, so that writers need not wait for whoever reads,
        and each block may be asked for by another thread.
        """
        with self._guarded(nullcontext()), closing(open_to_read(self.path)) as connection:
            connection.execute("BEGIN")
            yield from exchange.records(connection, Words(connection), start, end)

    def page(self, start: int, end: int, after: str, limit: int) -> tuple[list[Record], str | None]:
        """Some rows from `start` up to `end`; see `exchange.page`."""
        with self._guarded(threading.RLock()), closing(open_to_read(self.path)) as connection:
            return exchange.page(connection, Words(connection), start, end, after, limit)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it all sums are about the ledger as it is at the first of them."""
        with self._question():
            self._asked.execute("BEGIN")
            try:
                yield
            finally:
                self._asked.execute("COMMIT")

    def sums(self, spans: Sequence[Span], by: Sequence[str], where: Mapping[str, str]) -> list[Sum]:
        """See `Queries.sums`."""
        with self._question():
            return self._queries.sums(spans, by, where)

    def quarters(self, start: int, end: int, where: Mapping[str, str]) -> list[int]:
        """See `Queries.quarters`."""
        with self._question():
            return self._queries.quarters(start, end, where)

    def bounds(self) -> tuple[int, int] | None:
        """See `Queries.bounds`."""
        with self._question():
            return self._queries.bounds()

    def count(self) -> int:
        """How many answers there are."""
        with self._reading():
            (found,) = self._connection.execute("SELECT count(*) FROM call").fetchone()
            return int(found)

    def files(self) -> list[Position]:
        """How far each file has been read."""
        with self._reading():
            return list(positions.load(self._connection))

    def aliases(self) -> dict[int, int]:
        """Keys of answers that are kept under another key."""
        with self._reading():
            return dict(self._connection.execute("SELECT key, target FROM alias"))

    @property
    def salvaged(self) -> str:
        """What it was made of, if it was made of a damaged one; see `repair.Salvaged`."""
        with self._reading():
            return self._meta("salvaged")

    @property
    def wants_rereading(self) -> bool:
        """Whether something was lost that agents may still have in their files."""
        with self._reading():
            return bool(self._meta("reread"))

    def reread(self, keep: Callable[[str], bool]) -> None:
        """Forget how far files were read, except those to `keep`."""
        with self._transaction():
            gone = [
                (file.path,) for file in positions.load(self._connection) if not keep(file.path)
            ]
            self._connection.executemany("DELETE FROM file WHERE path = ?", gone)
            self._connection.execute("DELETE FROM meta WHERE name = 'reread'")

    def homes(self) -> list[Home]:
        """Homes that were imported."""
        with self._reading():
            return positions.homes(self._connection)

    def add_home(self, home: Home) -> None:
        """Look into this home, too, from now on."""
        with self._transaction():
            positions.add_home(self._connection, home)

    def rename_homes(self, former: str, present: str) -> None:
        """See `positions.rename_homes`."""
        with self._transaction():
            positions.rename_homes(self._connection, former, present)

    def note_runs(self, found: Iterable[Run], files: Iterable[Position]) -> int:
        """Take in runs that ended, and how far their log was read; how many are new."""
        with self._transaction():
            count = runs.add(self._connection, found)
            positions.save(self._connection, files)
        self.generation += bool(count)
        return count

    def run(self, run_id: str) -> Run | None:
        """The run with this id, if it ended."""
        with self._reading():
            return runs.find(self._connection, run_id)

    def runs_at(self, profile: str, start: int, end: int) -> list[Run]:
        """See `runs.at`."""
        with self._reading():
            return runs.at(self._connection, profile, start, end)

    def run_sums(self, by: str, start: int, end: int, where: Mapping[str, str]) -> list[RunSum]:
        """See `runs.sums`."""
        with self._question():
            return runs.sums(self._asked, by, start, end, where)

    def shrink(self) -> None:
        """Keep no more of the file in memory than must be."""
        with self._reading():
            self._connection.execute("PRAGMA shrink_memory")
            self._words.forget()

    def interrupt(self) -> None:
        """Let nobody who asks or prices anew keep `close` waiting; questions fail from now on."""
        self._over = True
        self._asked.interrupt()

    def close(self) -> None:
        """Let go of the file."""
        with self._asking:
            self._asked.close()
        with self._lock:
            self._connection.close()

    def _meta(self, name: str) -> str:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._reading():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._words.forget()
                raise

    @contextmanager
    def _question(self) -> Iterator[None]:
        """Hold the connection that only reads."""
        with self._guarded(self._asking):
            if self._over:  # a report cannot be interrupted between two of its questions
                raise sqlite3.OperationalError("interrupted")
            yield

    def _reading(self) -> AbstractContextManager[None]:
        return self._guarded(self._lock)

    @contextmanager
    def _guarded(self, lock: AbstractContextManager[object]) -> Iterator[None]:
        """Hold the lock of a connection; what goes wrong with it is an error about the file."""
        with lock:
            try:
                yield
            except sqlite3.Error as error:
                if is_damage(error):
                    self.damage = str(error)
                raise unusable(self.path, error) from error
