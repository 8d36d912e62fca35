"""Keep the ledger up to date: at every question, at every change on disk, after every run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ringlet.domain.profiles import Profile
from ringlet.domain.usage import Call
from ringlet.engine.events import EventStream
from ringlet.engine.usage.answers import Answers
from ringlet.engine.usage.ingestion import Ingestion, Progress
from ringlet.engine.usage.places import Place, Places, User
from ringlet.engine.usage.pricing import ListPrices
from ringlet.engine.usage.renames import Renames
from ringlet.engine.usage.runlog import RunLog
from ringlet.engine.usage.snapshot import Snapshot
from ringlet.engine.usage.updates import Updates
from ringlet.runtime.memory import give_back
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.rows import Taken
from ringlet.store.ledger.runs import Run

if TYPE_CHECKING:
    from ringlet.engine.usage.waking import Watching

_log = logging.getLogger(__name__)
_PATIENCE: Final = 1.5  # how long a question waits for what is being read; then it is partial
_GATHER: Final = 0.005  # what is written in several pieces is read together
_PAUSE: Final = 0.05  # between the readings that nobody asked for
_MANY: Final = 2000  # answers in one reading, after which memory is given back
_QUIET: Final = 5.0  # after the last change, the snapshot is written

ActiveRuns = Callable[[], Iterable[Run]]


class Intake:
    """Owns the readings of one ledger. `active_runs` are those that have not ended.

    While it is not `enabled`, nothing is read.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        profiles: Callable[[], Iterable[Profile]],
        user: User,
        sessions: Path,
        active_runs: ActiveRuns,
        events: EventStream,
        prices: ListPrices,
        snapshot: Snapshot,
        enabled: Callable[[], bool],
    ) -> None:
        self.progress: Progress | None = None
        self.ledger = ledger
        self.answers = Answers(ledger)
        self._profiles = profiles
        self._places = Places(user)
        self._active_runs = active_runs
        self._events = events
        self._prices = prices
        self._updates = Updates()
        self._snapshot = snapshot
        self._enabled = enabled
        self._written = -1  # whether the file is that of this ledger, nobody knows yet
        self._runs = RunLog(ledger, sessions)
        self._renames = Renames(ledger, profiles)
        self._running: list[Run] = []
        self._ingestion = Ingestion(
            ledger=ledger,
            price=prices,
            runs_at=self._runs_at,
            report=self._note,
            changed=self._updates.add,
            news=self._news,
            is_over=self._is_over,
        )
        self._reading: asyncio.Task[Progress] | None = None
        self._again = False
        self._watching: Watching | None = None
        self._closing = False
        self._wakeup: asyncio.TimerHandle | None = None
        self._read_last = 0.0
        self._snapshot_due: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    @property
    def is_reading(self) -> bool:
        """Whether files are being read right now."""
        return self._reading is not None

    @property
    def problems(self) -> dict[str, str]:
        """Files that could not be read, wholly or in part, and why."""
        lines = {
            path: f"lines that are too long or damaged are passed over: {count}"
            for path, count in self._ingestion.unreadable.copy().items()
        }
        return lines | self._ingestion.problems

    async def refresh(self, patience: float | None = _PATIENCE) -> bool:
        """Read what is new; whether everything was read before `patience` seconds were over.

        A reading that goes on is finished in any case. None waits to the end.
        """
        deadline = None if patience is None else time.monotonic() + patience
        earlier = self._reading is not None  # it may have passed what is new by; the next one not
        while True:
            task = self._begin()
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            done, _ = await asyncio.wait({task}, timeout=left)
            if not done:
                return False
            if not earlier:
                task.result()
                return True
            earlier = False

    async def take_reported(self, calls: Sequence[Call]) -> None:
        """Take in answers that an agent told of while it ran."""
        changed = await asyncio.to_thread(self._report, calls)
        self._updates.add(changed)
        self._tell()

    def places(self) -> list[Place]:
        """Where usage is looked for."""
        if not self._enabled():
            return []
        return self._places.find(self._profiles(), self.ledger.homes())

    async def close(self) -> None:
        """Stop reading, with all that was read taken in, and watching."""
        self._closing = True
        if self._reading is not None:
            await asyncio.wait({self._reading})
        if self._wakeup is not None:
            self._wakeup.cancel()
        if self._watching is not None:
            await self._watching.close()
        if self._snapshot_due is not None:
            self._snapshot_due.cancel()
            self._write_snapshot()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=_PATIENCE)
        self.ledger.interrupt()
        await asyncio.to_thread(self.ledger.close)

    def _begin(self) -> asyncio.Task[Progress]:
        if self._watching is None:
            from ringlet.engine.usage.waking import start_watching

            self._watching = start_watching(self._woken)
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read())
            self._reading.add_done_callback(self._ended)
        return self._reading

    async def _read(self) -> Progress:
        self._running = list(self._active_runs())
        try:
            progress = await asyncio.to_thread(self._read_all)
        finally:
            self._tell()
        return progress

    def _report(self, calls: Sequence[Call]) -> list[Taken]:
        self._prices.settle(self.ledger)
        return self.ledger.report(calls, self._prices)

    def _tell(self) -> None:
        """Say what changed, and see to it that the snapshot will hold it."""
        for data in self._updates.take():
            self._events.publish("UsageUpdated", data)
        if self.ledger.generation != self._written and self._snapshot_due is None:
            loop = asyncio.get_running_loop()
            self._snapshot_due = loop.call_later(_QUIET, self._write_snapshot)

    def _read_all(self) -> Progress:
        places = self.places()
        if self._watching is not None:
            self._watch(self._watching, places)
        self._runs.refresh()
        self._renames.settle()
        self._prices.settle(self.ledger, self._is_over)
        progress = self._ingestion.refresh(places)
        if progress.calls > _MANY:
            self.ledger.shrink()
            give_back()
        return progress

    def _watch(self, watching: Watching, places: Iterable[Place]) -> None:
        """Be woken when something happens in these places.

        If a watch costs much, it is only where something may happen: in homes of active runs, and
        where agents run without us.
        """
        running = {run.profile for run in self._running}
        watching.watch(
            (place.home, root)
            for place in places
            if watching.many or not place.profile or place.profile in running
            for root in place.roots
        )

    def _is_over(self) -> bool:
        return self._closing

    def _news(self, home: Path, root: str) -> set[str] | None:
        return self._watching.news(home, root) if self._watching is not None else None

    def _ended(self, task: asyncio.Task[Progress]) -> None:
        self._reading = self.progress = None
        self._read_last = asyncio.get_running_loop().time()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("usage cannot be read: %s", error)
        if self._again:
            self._again = False
            self._woken()

    def _write_snapshot(self) -> None:
        self._snapshot_due = None
        self._written = self.ledger.generation
        writing = asyncio.to_thread(self._snapshot.write)
        self._writing = asyncio.get_running_loop().create_task(writing)
        self._writing.add_done_callback(_tell_failure)

    def _note(self, progress: Progress) -> None:
        self.progress = progress

    def _woken(self) -> None:
        """Something was written; more of it may be on its way."""
        if self._reading is not None:
            self._again = True
        elif self._wakeup is None and not self._closing:
            loop = asyncio.get_running_loop()
            soon = max(loop.time() + _GATHER, self._read_last + _PAUSE)
            self._wakeup = loop.call_at(soon, self._wake)

    def _wake(self) -> None:
        self._wakeup = None
        self._begin()

    def _runs_at(self, profile: str, start: int, end: int) -> list[Run]:
        """The runs of a profile between two moments, those included that go on."""
        ended = self.ledger.runs_at(profile, start, end)
        known = {run.id for run in ended}
        return ended + [
            run
            for run in self._running
            if run.profile == profile and run.id not in known and run.started <= end
        ]


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("the sums of usage cannot be written down: %s", error)
