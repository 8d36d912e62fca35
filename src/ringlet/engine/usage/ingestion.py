"""Bring the ledger up to date with the files of the agents.

Everything here blocks: it runs in a thread of its own, one at a time.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from ringlet.agents.usage.reading import Batch, Reader
from ringlet.domain.errors import RingletError
from ringlet.domain.usage import Call
from ringlet.engine.usage.accounts import Accounts
from ringlet.engine.usage.continuity import goes_on, tail_hash
from ringlet.engine.usage.linking import RunsAt, link
from ringlet.engine.usage.places import Place
from ringlet.store.folder import Entry, Folder
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.positions import Position
from ringlet.store.ledger.rows import Pricing, Taken

_log = logging.getLogger(__name__)
_ENOUGH_CALLS: Final = 1000
_ENOUGH_FILES: Final = 200
_LARGEST: Final = 8 << 30


class Progress(NamedTuple):
    """How far an ingestion has come."""

    files: int = 0
    files_total: int = 0
    bytes: int = 0
    bytes_total: int = 0
    calls: int = 0


class _Work(NamedTuple):
    place: Place
    root: str
    entry: Entry


# Files below a folder of a home that may have changed since it was last asked, by their paths
# below the home; None if any of them may have.
News = Callable[[Path, str], set[str] | None]
_Tree = tuple[Path, str]
_Paths = set[str] | None  # as in News


class Ingestion:
    """Reads what changed since the last time. `report` hears of progress, `changed` of news.

    `problems` are files that cannot be read, and why, `unreadable` how many lines in others cannot;
    these are not tried again. It ends early, with all that it read taken in, once it `is_over`.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        price: Pricing,
        runs_at: RunsAt,
        report: Callable[[Progress], None] = lambda progress: None,
        changed: Callable[[list[Taken]], None] = lambda calls: None,
        news: News = lambda home, root: None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self.problems: dict[str, str] = {}
        self.unreadable: dict[str, int] = {}
        self._ledger = ledger
        self._price = price
        self._runs_at = runs_at
        self._report = report
        self._changed = changed
        self._news = news
        self._is_over = is_over
        # What is left to look at; it stays so until it was read and that is safe on disk.
        self._left: dict[_Tree, _Paths] = {}
        self._failed: dict[_Tree, _Paths] = {}
        self._accounts = Accounts()
        self._refused: RingletError | None = None
        self._positions = {position.path: position for position in ledger.files()}
        self._calls: list[Call] = []
        self._files: list[Position] = []
        self._progress = Progress()

    def refresh(self, places: Iterable[Place]) -> Progress:
        """Take in everything that is new; older files first, so that forks come after parents."""
        self._accounts.begin()
        self._failed = {}
        work = [item for each in places for root in each.roots for item in self._find(each, root)]
        work.sort(key=lambda item: item.entry.mtime_ns)
        total = sum(item.entry.size for item in work)
        self._progress = Progress(files_total=len(work), bytes_total=total)
        for number, (place, root, entry) in enumerate(work, 1):
            if self._is_over():
                break
            for following in work[number : number + 1]:
                _expect(following)
            if not self._read(place, entry):
                self._fail((place.home, root), {entry.path})
            done = self._progress
            self._progress = done._replace(files=done.files + 1, bytes=done.bytes + entry.size)
            if len(self._calls) >= _ENOUGH_CALLS or len(self._files) >= _ENOUGH_FILES:
                self._flush()
        self._flush()
        if self._progress.files == len(work):
            self._left = self._failed
        return self._progress

    def _find(self, place: Place, root: str) -> Iterator[_Work]:
        """The files below a root that are not as they were."""
        home, paths = str(place.home), self._look(place.home, root)
        try:
            entries = list(_entries(place.home, root, paths))
        except (OSError, RingletError) as error:
            self._fail((place.home, root), paths)
            self._complain(f"{home}/{root}", error)
            return
        self.problems.pop(f"{home}/{root}", None)
        for entry in entries:
            known = self._positions.get(f"{home}/{entry.path}")
            if known is not None and known[1:5] == entry[1:]:
                continue
            if place.reader.wants(entry.path.removeprefix(root + "/")) and _is_text(entry.path):
                yield _Work(place, root, entry)

    def _look(self, home: Path, root: str) -> _Paths:
        """Where to look: what is new, and what is left of earlier times."""
        found = _both(self._news(home, root), self._left.get((home, root), set()))
        self._left[home, root] = found
        return found

    def _fail(self, tree: _Tree, paths: _Paths) -> None:
        """Look there again the next time."""
        self._failed[tree] = _both(paths, self._failed.get(tree, set()))

    def _complain(self, path: str, error: Exception) -> None:
        """Say it once, however often it is tried."""
        why = str(error) or type(error).__name__
        if self.problems.get(path) != why:
            _log.warning("usage in %s cannot be read: %s", path, why)
        self.problems[path] = why

    def _count_unreadable(self, path: str, lines: int) -> None:
        if lines and path not in self.unreadable:
            _log.warning("usage in %s is not read whole: lines too long or damaged", path)
        if lines:
            self.unreadable[path] = self.unreadable.get(path, 0) + lines

    def _read(self, place: Place, entry: Entry) -> bool:
        """Whether the file was read to its end, or is gone."""
        path = f"{place.home}/{entry.path}"
        try:
            with Folder(place.home) as folder:
                if entry.size > _LARGEST:
                    raise OSError(f"it holds more than {_LARGEST >> 30} GiB")
                whole = self._take(folder, place, entry, path)
        except FileNotFoundError:
            return True
        except Exception as error:  # whatever it is, it is about this file: the others go on
            if error is self._refused:
                raise  # it is the ledger that failed, and would with every file
            self._complain(path, error)
            return False
        self.problems.pop(path, None)
        return whole

    def _take(self, folder: Folder, place: Place, entry: Entry, path: str) -> bool:
        """Whether that was all of it, because nobody wants an end before."""
        known = self._positions.get(path)
        offset, state = 0, b""
        if known is not None and place.reader.whole:
            state = known.state
        elif known is not None and goes_on(folder, entry, known):
            offset, state = known.offset, known.state
        if not offset and (place.reader.sums_only or not place.reader.whole):
            self.unreadable.pop(path, None)
        accounts = self._accounts.at(place, folder)
        for batch in _batches(place.reader, folder, entry, offset, state):
            self._calls += self._attributed(batch.calls, place, accounts)
            offset, state = batch.offset, batch.state
            self._count_unreadable(path, batch.unreadable)
            over = self._is_over()
            if over or len(self._calls) >= _ENOUGH_CALLS:  # from here on the file is half read
                half = Position(path, entry.device, entry.inode, 0, 0)
                self._note(folder, entry, half, offset, state)
                self._flush()
            if over:
                return False
        whole = Position(path, *entry[1:])
        self._note(folder, entry, whole, offset, state)
        return True

    def _note(
        self, folder: Folder, entry: Entry, position: Position, offset: int, state: bytes
    ) -> None:
        tail = b""
        if offset:
            fd = folder.open(entry.path)
            try:
                tail = tail_hash(fd, offset)
            finally:
                os.close(fd)
        self._files.append(position._replace(offset=offset, tail=tail, state=state))

    def _attributed(
        self, calls: list[Call], place: Place, accounts: Mapping[str, str]
    ) -> list[Call]:
        """The calls, with whose they are."""
        if not place.profile and not accounts:
            return calls
        owned = [
            replace(
                call,
                profile=place.profile,
                provider=place.provider,
                account=accounts.get(call.vendor, ""),
            )
            for call in calls
        ]
        return link(owned, self._runs_at)

    def _flush(self) -> None:
        """Commit what was read, with how far."""
        if not self._files and not self._calls:
            return
        try:
            changed = self._ledger.ingest(self._calls, self._files, self._price)
        except RingletError as error:
            # They are read again: nobody knows how long that lasts, and how many it would become.
            self._refused, self._calls, self._files = error, [], []
            raise
        self._positions.update((position.path, position) for position in self._files)
        self._progress = self._progress._replace(calls=self._progress.calls + len(changed))
        self._calls, self._files = [], []
        self._report(self._progress)
        if changed:
            self._changed(changed)


def _batches(
    reader: Reader, folder: Folder, entry: Entry, offset: int, state: bytes
) -> Iterator[Batch]:
    """What the reader gives; all of the file if an earlier version left a state it cannot use.

    Sums alone do not tell what was counted before, so these are not begun anew.
    """
    try:
        yield from reader.read(folder, entry, offset, state)
    except msgspec.DecodeError:
        if not state or reader.sums_only:
            raise
        yield from reader.read(folder, entry, 0, b"")


def _both(one: _Paths, other: _Paths) -> _Paths:
    return None if one is None or other is None else one | other


def _is_text(path: str) -> bool:
    """Whether the ledger can hold the name; no agent gives others."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _expect(work: _Work) -> None:
    try:
        with Folder(work.place.home) as folder:
            folder.expect(work.entry.path)
    except RingletError as error:  # the home is gone; whoever reads there will notice, too
        _log.debug("%s", error)


def _entries(home: Path, root: str, paths: set[str] | None) -> Iterator[Entry]:
    """Those of the files that are there, or all below the root; none if that is no folder.

    A home that became a link since it was named holds none either.
    """
    if paths == set() or home.is_symlink() or not (home / root).is_dir():
        return
    with Folder(home) as folder:
        if paths is None:
            yield from folder.files(root)
        else:
            yield from (entry for path in paths if (entry := folder.stat(path)) is not None)
