"""What is known of usage, and when it is brought up to date."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.setup import SetupParts
from ringlet.domain.errors import RingletError
from ringlet.wire.events import Event

if TYPE_CHECKING:
    import asyncio

    from ringlet.domain.usage import Call
    from ringlet.engine.usage.pricing import ListPrices
    from ringlet.engine.usage.service import Usage
    from ringlet.store.ledger.runs import Run

_log = logging.getLogger(__name__)
# Usage is looked at when a run starts, from which moment on its agent is watched, and when it
# ends, so that what it used is there although nobody asked.
_MOMENTS = ("ProfileStarted", "ProfileStopped")


class UsageParts(SetupParts):
    """The use cases about usage."""

    _attending: asyncio.Task[None] | None = None

    @cached_property
    def usage(self) -> Usage:
        from ringlet.engine.usage.places import User
        from ringlet.engine.usage.service import Usage

        return Usage(
            telemetry=self.paths.telemetry,
            sessions=self.paths.sessions,
            profiles=self.store.all,
            user=User(self.paths.user_home, self.environ),
            active_runs=self._running,
            events=self.events,
            prices=self._list_prices(),
            quarantine=self.quarantine,
            billing=lambda: self.current().billing,
            enabled=lambda: self.current().telemetry.enabled,
        )

    def usage_problems(self) -> dict[str, str]:
        """Files of agents that could not be read, as far as any was."""
        return self.usage.problems if "usage" in self.__dict__ else {}

    async def keep_usage(self) -> None:
        await self.usage.attend()

    async def keep_reported(self, calls: list[Call]) -> None:
        await self.usage.take_reported(calls)

    async def find_run(self, run_id: str) -> Run | None:
        return await self.usage.run(run_id)

    def _list_prices(self) -> ListPrices:
        from ringlet.engine.usage.pricing import ListPrices
        from ringlet.store.prices import PriceBook, absorb

        return ListPrices(
            PriceBook(self.paths, self.quarantine),
            absorb=lambda: absorb(self.paths, self.quarantine),
            report=self.quarantine.report,
        )

    def follow_runs(self) -> None:
        """From now on keep up with what runs use."""
        self.events.subscribe(self._notice)

    def _notice(self, event: Event) -> None:
        if event.type in _MOMENTS:
            import asyncio

            earlier = self._attending
            self._attending = asyncio.get_running_loop().create_task(self._attend(earlier))

    async def _attend(self, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await earlier
        try:
            await self.usage.attend()
        except RingletError as error:
            _log.error("usage cannot be kept: %s", error)

    def _running(self) -> list[Run]:
        """The runs that have not ended, as the ledger knows runs."""
        from ringlet.engine.usage.linking import running

        return [running(run) for run in self.runs.active()]
