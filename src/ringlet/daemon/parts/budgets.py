"""What limits usage, and when that is looked at."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.health import HealthParts
from ringlet.domain.errors import RingletError
from ringlet.wire.events import Event

if TYPE_CHECKING:
    import asyncio

    from ringlet.domain.profiles import Profile
    from ringlet.engine.agents import Agents
    from ringlet.engine.budgets import Budgets
    from ringlet.engine.enforcement import Enforcement
    from ringlet.engine.runs import Runs

_log = logging.getLogger(__name__)


class BudgetParts(HealthParts):
    """The use cases about budgets."""

    _renaming: asyncio.Task[None] | None = None

    @cached_property
    def budgets(self) -> Budgets:
        from ringlet.engine.budgets import Budgets
        from ringlet.store.budgets import BudgetStore

        return Budgets(
            store=BudgetStore(self.paths.budgets, self.quarantine),
            profiles=self.store,
            catalogs=self.catalogs,
            measure=lambda spans, where: self.usage.measure(spans, where),
        )

    @cached_property
    def enforcement(self) -> Enforcement:
        from ringlet.engine.enforcement import Enforcement

        return Enforcement(budgets=self.budgets, runs=self.runs, events=self.events)

    def follow_runs(self) -> None:
        super().follow_runs()
        self.events.subscribe(self._hear)

    async def take_up_runs(self) -> None:
        """Go on with what an earlier daemon did for runs that have not ended."""
        if not self.runs.count:
            return
        try:
            await self.usage.attend()
            await self.enforcement.check()
        except RingletError as error:
            _log.error("usage of runs that go on cannot be kept: %s", error)

    async def admit(self, profile: Profile) -> None:
        if self.paths.budgets.exists():
            await self.enforcement.admit(profile)

    def _hear(self, event: Event) -> None:
        if event.type == "UsageUpdated":
            self.enforcement.changed()
        elif event.type == "ProfileUpdated" and (old := event.data.get("previous_alias")):
            import asyncio

            rename = self.budgets.rename(old, event.data["alias"])
            self._renaming = asyncio.get_running_loop().create_task(rename)

    def _look(self, runs: Runs, agents: Agents) -> None:
        super()._look(runs, agents)
        self.budgets.every()
