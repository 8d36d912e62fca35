"""Hold runs to their budgets: look when something was used, say each threshold once, act."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import to_builtins

from ringlet.domain.budgets import Budget, Level, Told
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.budgets import Budgets, Standing, info
from ringlet.engine.events import EventStream
from ringlet.engine.records import ActiveRun
from ringlet.engine.runs import Runs
from ringlet.runtime import terminal

_log = logging.getLogger(__name__)


class Enforcement:
    """Looks at the budgets whenever the ledger has changed."""

    def __init__(self, *, budgets: Budgets, runs: Runs, events: EventStream) -> None:
        self._budgets = budgets
        self._runs = runs
        self._events = events
        self._looking: asyncio.Task[None] | None = None
        self._again = False
        self._closed = False

    def changed(self) -> None:
        """The ledger has new rows; those that come while it is looked at are looked at after."""
        if self._looking is not None:
            self._again = True
        elif not self._closed and self._budgets.every():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def check(self) -> None:
        """Look at all budgets, say what is to be said, and act on runs."""
        for budget in self._budgets.every():
            await self._check(await self._budgets.standing(budget))

    async def admit(self, profile: Profile) -> None:
        """Raise BUDGET_REACHED if a budget that stops runs is used up."""
        for budget in self._budgets.every():
            if budget.action == "stop" and budget.scope.covers(profile.alias, profile.provider_id):
                standing = await self._budgets.standing(budget)
                if standing.state.level is Level.REACHED:
                    raise _refusal(profile.alias, standing)

    async def close(self) -> None:
        """Finish what is being done; what changes from now on is the next daemon's."""
        self._closed = True
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def _look(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self.check()
        except RingletError as error:
            _log.error("budgets cannot be looked at: %s", error)
        finally:
            self._looking = None

    async def _check(self, standing: Standing) -> None:
        budget = standing.state.budget
        before = self._budgets.told(budget)
        if before is None or before.until != standing.resets:
            before = Told(standing.resets.astimezone(UTC))
        level = max(
            before.level, standing.state.level
        )  # what was merged or repriced takes nothing back
        reached = standing.state.level is Level.REACHED
        chosen = self._to_act_on(budget, before) if reached else []
        now = Told(before.until, level, (*before.runs, *(run.run_id for run in chosen)))
        if now == before:
            return
        await self._budgets.note(budget, now)  # first, so that a restart does not say it again
        self._tell(standing, before.level, chosen)
        for run in chosen:
            await self._act(standing, run)

    def _to_act_on(self, budget: Budget, told: Told) -> list[ActiveRun]:
        """Each run is acted upon once in a period: whoever resumes it means it."""
        if budget.action == "warn":
            return []
        return [
            run
            for run in self._runs.active()
            if budget.scope.covers(run.profile, run.provider_id) and run.run_id not in told.runs
        ]

    def _tell(self, standing: Standing, before: Level, chosen: list[ActiveRun]) -> None:
        data: dict[str, Any] = to_builtins(info(standing))
        if before < Level.WARNING <= standing.state.level:
            self._events.publish("BudgetWarning", data)
        if before < Level.REACHED <= standing.state.level or chosen:
            runs = [run.run_id for run in chosen]
            self._events.publish("BudgetReached", {**data, "runs": runs})

    async def _act(self, standing: Standing, run: ActiveRun) -> None:
        act: Callable[[str], Awaitable[object]]
        if standing.state.budget.action == "pause":
            act, done = self._runs.pause, f"paused; go on: ringlet runs resume {run.run_id[:12]}"
        else:
            act, done = self._runs.stop, "being ended"
        text = f"ringlet: {standing.state.describe()}. This run is {done}"
        await asyncio.to_thread(terminal.tell, run.client_pid, text)
        try:
            await act(run.run_id)
        except RingletError as error:
            if error.code is not ErrorCode.RUN_NOT_FOUND:  # it has ended by itself meanwhile
                raise


def _refusal(alias: str, standing: Standing) -> RingletError:
    budget = standing.state.budget
    anew = standing.resets.astimezone(ZoneInfo(budget.zone)).strftime("%Y-%m-%d %H:%M")
    return RingletError(
        ErrorCode.BUDGET_REACHED,
        f"{standing.state.describe()}, so profile {alias} does not start",
        hint=f"It begins anew at {anew} ({budget.zone}). To raise it: ringlet budget set"
        f" {budget.scope.word} --{budget.period} …, to be without it: ringlet budget rm"
        f" {budget.scope.word}",
    )
