"""Usage, as commands and requests ask for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from msgspec.structs import replace

from ringlet.domain.billing import Billing
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.events import EventStream
from ringlet.engine.usage.importing import claude_home, homes_in, refuse_links
from ringlet.engine.usage.intake import ActiveRuns, Intake
from ringlet.engine.usage.keeper import Keeper
from ringlet.engine.usage.periods import EVER, QUARTER, Period, day_of, period, zone_of
from ringlet.engine.usage.places import Places, User, places_in
from ringlet.engine.usage.pricing import ListPrices
from ringlet.engine.usage.reports import FILTERS, Query, Reports
from ringlet.engine.usage.snapshot import Snapshot
from ringlet.engine.usage.totals import Totals
from ringlet.store.aside import aside
from ringlet.store.ledger.exchange import Record
from ringlet.store.ledger.positions import Home
from ringlet.store.ledger.queries import Span, Sum
from ringlet.store.quarantine import Quarantine
from ringlet.wire.replies.ledger import UsageFindings, UsageRecords
from ringlet.wire.replies.prices import Prices
from ringlet.wire.replies.usage import ImportResult, Report, RunStats, UsageStats

if TYPE_CHECKING:
    from ringlet.domain.usage import Call
    from ringlet.store.ledger.ledger import Ledger
    from ringlet.store.ledger.runs import Run

P = ParamSpec("P")
T = TypeVar("T")


def _lasting(
    method: Callable[Concatenate[Usage, P], Awaitable[T]],
) -> Callable[Concatenate[Usage, P], Coroutine[Any, Any, T]]:
    """Ask once more if the ledger turned out damaged, and was mended."""

    @wraps(method)
    async def ask(usage: Usage, /, *args: P.args, **kwargs: P.kwargs) -> T:
        intake = await usage.keeper.ready()
        try:
            found = await method(usage, *args, **kwargs)
        except RingletError as error:
            if not await usage.keeper.recovers(error, intake):
                raise
            found = await method(usage, *args, **kwargs)
        usage.keeper.is_well()
        return found

    return ask


class Usage:
    """Reads what agents wrote down, keeps it, and answers. The ledger is opened at first use."""

    def __init__(
        self,
        *,
        telemetry: Path,
        sessions: Path,
        profiles: Callable[[], Iterable[Profile]],
        user: User,
        active_runs: ActiveRuns,
        events: EventStream,
        prices: ListPrices,
        quarantine: Quarantine,
        billing: Callable[[], Mapping[str, Billing]],
        enabled: Callable[[], bool],
    ) -> None:
        self._telemetry = telemetry
        self._sessions = sessions
        self._profiles = profiles
        self._user = user
        self._active_runs = active_runs
        self._events = events
        self._prices = prices
        self._billing = billing
        self._enabled = enabled
        self.keeper = Keeper(telemetry / "usage.db", quarantine, self._take_in)

    @property
    def is_busy(self) -> bool:
        """Whether files are being read right now, or the ledger mended."""
        return self.keeper.is_busy

    @property
    def problems(self) -> dict[str, str]:
        """Files that could not be read, wholly or in part, as far as they were looked at."""
        return self.keeper.unread

    @_lasting
    async def attend(self) -> None:
        """Read what is new, and from now on whatever agents write, when they do."""
        await (await self._ready()).refresh(patience=None)

    def query(
        self,
        word: str | None = None,
        *,
        since: str | None = None,
        until: str | None = None,
        tz: str | None = None,
        environ: Mapping[str, str] | None = None,
        by: Sequence[str] = (),
        where: Mapping[str, str | None] | None = None,
    ) -> Query:
        """A query from its words; raises INVALID_REQUEST. `where` may hold any of FILTERS."""
        zone = zone_of(tz, os.environ if environ is None else environ)
        chosen = period(word, since=since, until=until, zone=zone, now=datetime.now(UTC))
        filters = {name: value for name, value in (where or {}).items() if value is not None}
        if unknown := filters.keys() - set(FILTERS):
            raise RingletError(ErrorCode.INVALID_REQUEST, f"Usage has no {min(unknown)}")
        return Query(chosen, tuple(by), filters)

    @_lasting
    async def report(self, query: Query) -> Report:
        """Usage in groups, up to date unless `partial`."""
        intake, whole = await self._refreshed()
        billing = self._billing()
        make = Reports(intake.ledger, billing).report
        found = await intake.answers.get(make, query, billing)
        return found if whole else replace(found, partial=True)

    @_lasting
    async def stats(self, query: Query) -> UsageStats:
        """Totals of a period, up to date unless `partial`."""
        intake, whole = await self._refreshed()
        billing = self._billing()
        make = Totals(intake.ledger, billing).usage
        found = await intake.answers.get(make, query, billing)
        return found if whole else replace(found, partial=True)

    @_lasting
    async def runs(self, agent: str | None, provider: str | None) -> RunStats:
        """Runs in numbers."""
        intake, _ = await self._refreshed()
        where = {name: v for name, v in (("agent", agent), ("provider", provider)) if v}
        totals = Totals(intake.ledger, self._billing())
        return await asyncio.to_thread(totals.runs, where)

    @_lasting
    async def run(self, run_id: str) -> Run | None:
        """A run that goes on, or one that ended; None if there never was one."""
        active = [run for run in self._active_runs() if run.id == run_id]
        if active:
            return active[0]
        ledger = (await self._refreshed())[0].ledger
        return await asyncio.to_thread(ledger.run, run_id)

    @_lasting
    async def take_reported(self, calls: Sequence[Call]) -> None:
        """Take in answers that an agent told of while it ran."""
        await (await self._ready()).take_reported(calls)

    @_lasting
    async def catch_up(self) -> None:
        """Read what is new, as far as that takes no longer than a question may."""
        await self._refreshed()

    @_lasting
    async def measure(
        self, spans: Sequence[Span], where: Mapping[str, str], by: Sequence[str] = ("model",)
    ) -> list[Sum]:
        """What was used in some spans, as far as it was read."""
        ledger = (await self._ready()).ledger
        return await asyncio.to_thread(ledger.sums, spans, by, where)

    def require_profile(self, alias: str) -> None:
        """Raise PROFILE_NOT_FOUND unless it is there, or empty: then usage is nobody's."""
        if alias and all(profile.alias != alias for profile in self._profiles()):
            raise RingletError(
                ErrorCode.PROFILE_NOT_FOUND,
                f"There is no profile {alias!r}",
                hint="See: ringlet profiles list",
            )

    async def import_home(self, home: Path, agent: str | None, profile: str = "") -> ImportResult:
        """Take in what agents wrote in a home, now and from now on."""
        return await self._import(await aside(homes_in, home, agent, profile), home)

    async def import_claude(self, folder: Path) -> ImportResult:
        """Take in the transcripts of a folder of Claude Code, such as `.claude`, for good."""
        return await self._import([await aside(claude_home, folder)], folder)

    @_lasting
    async def _import(self, homes: Sequence[Home], shown: Path) -> ImportResult:
        """Take in what agents wrote in some homes; `shown` is what the user named."""
        if not self._enabled():
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                "Usage is not read: telemetry.enabled is false",
                hint="Switch it on with: ringlet config set telemetry.enabled true",
            )
        places = await aside(lambda: [place for home in homes for place in places_in(home)])
        await aside(refuse_links, places)
        intake = await self._ready()
        await intake.refresh(patience=None)  # what is new elsewhere does not count as imported
        before = await asyncio.to_thread(intake.ledger.count)
        for home in homes:
            await asyncio.to_thread(intake.ledger.add_home, home)
        await intake.refresh(patience=None)
        calls = await asyncio.to_thread(intake.ledger.count) - before
        roots = tuple(f"{place.home}/{root}/" for place in places for root in place.roots)
        known = await asyncio.to_thread(lambda: list(intake.ledger.files()))
        files = sum(file.path.startswith(roots) for file in known)
        agents = [home.agent for home in homes]
        data = {"home": str(shown), "agents": agents, "files": files, "calls": calls}
        data |= {"source": ",".join(agents), "records_imported": calls}
        self._events.publish("UsageImported", data)
        message = f"{calls:,} answers of {' and '.join(agents)} taken in from {shown}"
        return ImportResult(message, files, calls)

    async def state(self) -> str:
        """Why answers are `partial`, for people."""
        if not self._enabled():
            return "telemetry.enabled is false, so that nothing new is read"
        progress = (await self._ready()).progress
        if progress is None or not progress.bytes_total:
            return "files of agents are still being read"
        done = progress.bytes * 100 // progress.bytes_total
        total = progress.files_total
        return f"files of agents are still being read ({done} % of {total:,} files)"

    async def records(self, chosen: Period | None = None) -> AsyncIterator[list[Record]]:
        """The rows of the ledger as records for another one, in blocks."""
        intake = await self._ready()
        await intake.refresh(patience=None)
        start, end = (chosen.start, chosen.end) if chosen else EVER
        blocks = intake.ledger.records(start * QUARTER * 1000, end * QUARTER * 1000)
        try:
            while (block := await asyncio.to_thread(next, blocks, None)) is not None:
                yield block
        finally:
            blocks.close()

    async def page(self, chosen: Period, after: str, limit: int) -> UsageRecords:
        """Some of the rows of a period; `after` is where the page before ended, or empty."""
        intake = await self._ready()
        if not after:
            await intake.refresh(patience=None)
        span = (chosen.start * QUARTER * 1000, chosen.end * QUARTER * 1000)
        try:
            found, following = await asyncio.to_thread(intake.ledger.page, *span, after, limit)
        except (ValueError, OverflowError):
            raise RingletError(
                ErrorCode.INVALID_REQUEST, f"No page ends with {after!r}", hint="Begin again."
            ) from None
        return UsageRecords(found, following)

    async def merge(self, name: str, blocks: AsyncIterable[Sequence[Record]]) -> tuple[int, int]:
        """Take in records of another machine's ledger; how many, and how many news.

        `name` says where they come from.

        Whatever stops it, what was taken in till then stays and is told by an event.
        """
        ledger = (await self._ready()).ledger
        agents = set[str]()
        seen = news = 0
        try:
            async for block in blocks:
                news += await asyncio.to_thread(ledger.merge, block, self._prices)
                seen += len(block)
                agents |= {record.agent for record in block}
        finally:
            if seen:
                data = {"home": name, "agents": sorted(agents), "files": 1, "calls": news}
                data |= {"source": "merge", "records_imported": news}
                self._events.publish("UsageImported", data)
        return seen, news

    @_lasting
    async def prices(self, models: Sequence[str], day: str | None = None) -> Prices:
        """What models cost, on a day or now; without names those that were ever used."""
        when = day_of(day) if day else datetime.now(UTC)
        ledger = (await self._refreshed())[0].ledger
        return await asyncio.to_thread(self._list_prices, ledger, models, when)

    @_lasting
    async def verify(self) -> UsageFindings:
        """Read all files again, into a ledger of their own, and compare."""
        from ringlet.engine.usage.verification import verify

        intake = await self._ready()
        await intake.refresh(patience=None)
        return await asyncio.to_thread(verify, intake.ledger, intake.places(), self._telemetry)

    async def close(self) -> None:
        """Finish what is being read and let go of the ledger."""
        await self.keeper.close()

    async def _ready(self) -> Intake:
        return await self.keeper.ready()

    def _list_prices(self, ledger: Ledger, models: Sequence[str], when: datetime) -> Prices:
        from ringlet.engine.prices import list_prices

        self._prices.settle(ledger)
        used = ledger.sums([Span("", *EVER)], ("model",), {}) if not models else ()
        names = models or sorted(each.names[0] for each in used)
        return list_prices(names, when, book=self._prices.book)

    async def _refreshed(self) -> tuple[Intake, bool]:
        intake = await self._ready()
        return intake, await intake.refresh() and self._enabled()

    def _take_in(self, ledger: Ledger) -> Intake:
        """The intake of a ledger; one that was salvaged, and lacks something, reads all anew."""
        if ledger.wants_rereading:
            places = Places(self._user).find(self._profiles(), ledger.homes())
            sums = [place for place in places if place.reader.sums_only]
            # Of those nothing tells what was counted before, so they go on where they were.
            roots = tuple(f"{place.home}/{root}/" for place in sums for root in place.roots)
            ledger.reread(lambda path: path.startswith(roots))
        return Intake(
            ledger=ledger,
            profiles=self._profiles,
            user=self._user,
            sessions=self._sessions,
            active_runs=self._active_runs,
            events=self._events,
            prices=self._prices,
            enabled=self._enabled,
            snapshot=Snapshot(self._telemetry / "aggregates.json", Totals(ledger, self._billing())),
        )
