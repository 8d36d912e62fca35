"""Budgets: set, list and remove them, and measure what was used of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.budgets import (
    EVERYTHING,
    Budget,
    BudgetPeriod,
    BudgetState,
    Scope,
    Told,
    evaluate,
    window,
)
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.usage.periods import QUARTER, zone_of
from ringlet.engine.usage.reports import dollars
from ringlet.store.budgets import BudgetStore
from ringlet.store.ledger.queries import Span, Sum
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.budgets import BudgetInfo

# What was used in some spans, by model.
Measure = Callable[[Sequence[Span], Mapping[str, str]], Coroutine[Any, Any, list[Sum]]]


class Standing(NamedTuple):
    """How a budget stands in the period from `began` up to `resets`.

    `unpriced` are models whose cost is not known, and not in it.
    """

    state: BudgetState
    began: datetime
    resets: datetime
    unpriced: list[str]


class Budgets:
    """What the user allows. `measure` asks the ledger."""

    def __init__(
        self,
        *,
        store: BudgetStore,
        profiles: ProfileStore,
        catalogs: Catalogs,
        measure: Measure,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._catalogs = catalogs
        self._measure = measure
        self._now = now

    def scope(self, word: str) -> Scope:
        """The profile or provider that a word names, or everything; raises PROFILE_NOT_FOUND."""
        if word == EVERYTHING:
            return Scope("all")
        kind, _, name = word.rpartition(":")
        if kind in ("", "profile") and self._profiles.find(name) is not None:
            return Scope("profile", name)
        if kind in ("", "provider") and name in (p.id for p in self._catalogs.providers):
            return Scope("provider", name)
        raise RingletError(
            ErrorCode.PROFILE_NOT_FOUND,
            f"{word!r} is neither a profile nor a provider",
            hint="Name one of them (see: ringlet profiles list), or give '*' for everything.",
        )

    async def set(self, budget: Budget) -> None:
        """Set a budget in place of the one of its scope and period; raises INVALID_REQUEST."""
        zone_of(budget.zone, {})
        await asyncio.to_thread(self._store.put, budget)

    async def remove(self, word: str, period: BudgetPeriod | None = None) -> list[Budget]:
        """Remove the budgets of a scope, also of one that is gone; raises BUDGET_NOT_FOUND."""
        known = {budget.scope for budget in self._store.all()}
        named = [scope for scope in known if word and word in (scope.word, scope.name)]
        scope = named[0] if len(named) == 1 else self.scope(word)
        return await asyncio.to_thread(self._store.remove, scope, period)

    async def all(self) -> list[BudgetInfo]:
        """All budgets with what was used of them."""
        return [info(await self.standing(budget)) for budget in self._store.all()]

    def every(self) -> list[Budget]:
        """All budgets."""
        return self._store.all()

    def told(self, budget: Budget) -> Told | None:
        """What was said of a budget, if anything was."""
        return self._store.told(budget)

    async def note(self, budget: Budget, told: Told) -> None:
        """Remember what was said."""
        await asyncio.to_thread(self._store.note, budget, told)

    async def rename(self, old: str, new: str) -> None:
        """A profile has another alias: its budgets follow."""
        await asyncio.to_thread(self._store.rename_profile, old, new)

    async def standing(self, budget: Budget) -> Standing:
        """What was used in the period of this moment, as far as the ledger knows."""
        began, resets = window(budget.period, self._now().astimezone(zone_of(budget.zone, {})[0]))
        found: list[Sum] = []
        for where, until in self._places(budget.scope, resets):
            span = Span("", _quarter(began), _quarter(until))
            found += await self._measure([span], where)
        nano = sum(each.cost.total for each in found)
        tokens = sum(each.tokens.total for each in found)
        unpriced = sorted({each.names[0] for each in found if each.unpriced})
        return Standing(evaluate(budget, nano, tokens), began, resets, unpriced)

    def _places(self, scope: Scope, until: datetime) -> list[tuple[dict[str, str], datetime]]:
        """Where the ledger has the usage of a scope, and up to when it counts.

        What a profile used under an earlier alias stands there under that one.
        """
        if scope.kind == "all":
            return [({}, until)]
        places: list[tuple[dict[str, str], datetime]] = [({scope.kind: scope.name}, until)]
        profile = self._profiles.find(scope.name) if scope.kind == "profile" else None
        if profile is not None:
            places += [({"profile": alias}, end) for alias, end in profile.metadata.former.items()]
        return places


def info(standing: Standing) -> BudgetInfo:
    """A budget as clients see it."""
    state, began, resets, unpriced = standing
    budget = state.budget
    return BudgetInfo(
        scope=budget.scope.word,
        period=budget.period,
        tz=budget.zone,
        limit_usd=None if budget.limit_nano is None else dollars(budget.limit_nano),
        limit_tokens=budget.limit_tokens,
        warn=budget.warn,
        action=budget.action,
        level=state.level.name.lower(),
        percent=state.percent,
        spent_usd=dollars(state.spent_nano),
        spent_tokens=state.tokens,
        began=began.astimezone(UTC),
        resets=resets.astimezone(UTC),
        unpriced_models=unpriced,
    )


def _quarter(time: datetime) -> int:
    """The quarter-hour that a moment is in, or begins."""
    return -(-int(time.timestamp()) // QUARTER)
