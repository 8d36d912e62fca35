"""Budgets look at the ledger, say each threshold once in a period, and remember it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.budgets import Budget, BudgetAction, Scope
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.pricing import Cost
from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.domain.usage import Call, Tokens
from ringlet.engine.budgets import Budgets
from ringlet.engine.enforcement import Enforcement
from ringlet.engine.events import EventStream
from ringlet.engine.records import ActiveRun
from ringlet.engine.runs import Runs
from ringlet.store.budgets import BudgetStore
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine

_WORK = Profile(
    alias="work",
    agent_id="claude",
    provider_id="demo",
    endpoint_id="default",
    model="m",
    metadata=ProfileMetadata(home="/nowhere", created_at=datetime(2026, 11, 1, tzinfo=UTC)),
)


def _price(call: Call) -> Cost | None:
    return None if call.model == "secret" else Cost(call.tokens.total * 1_000_000_000)


class Ground:
    """A ledger, runs and budgets; `restart` is what a new daemon does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
        self.quarantine = Quarantine(root / "quarantine")
        self.ledger = Ledger(root / "usage.db")
        (root / "runs").mkdir()
        self.events = EventStream()
        self.said: list[str] = []
        self.events.subscribe(lambda event: self.said.append(event.type))
        self.store = ProfileStore(
            root / "profiles", self.quarantine, home_of=lambda agent, alias: root / alias
        )
        self.runs = Runs(
            folder=root / "runs",
            quarantine=self.quarantine,
            sessions=root / "sessions.jsonl",
            profiles=self.store,
            events=self.events,
            ended=lambda run, end: None,
        )
        self.restart()

    def restart(self) -> None:
        async def measure(spans: Any, where: Any) -> Any:
            return self.ledger.sums(spans, ("model",), where)

        self.budgets = Budgets(
            store=BudgetStore(self.root / "budgets.json", self.quarantine),
            profiles=self.store,
            catalogs=Catalogs(self.root / "agents.d", self.root / "providers.d"),
            measure=measure,
            now=lambda: self.now,
        )
        self.enforcement = Enforcement(budgets=self.budgets, runs=self.runs, events=self.events)

    async def allow(self, dollars: int, action: BudgetAction = "warn", zone: str = "UTC") -> None:
        await self.budgets.set(Budget(Scope("all"), "daily", zone, dollars * 10**9, action=action))

    async def use(self, tokens: int, model: str = "model-a") -> None:
        """An answer of so many tokens, each for a dollar; then the budgets are looked at."""
        time = round(self.now.timestamp() * 1000)
        call = Call("test", os.urandom(8).hex(), time, Tokens(input=tokens), model=model)
        self.ledger.ingest([call], [], _price)
        await self.enforcement.check()

    async def start(self) -> ActiveRun:
        return await self.runs.open(_WORK, cwd="/", client_pid=os.getpid(), adopts=False)

    def outcome(self, run: ActiveRun) -> str:
        (found,) = [each for each in self.runs.active() if each.run_id == run.run_id]
        return "paused" if found.paused else "running"


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


async def test_each_threshold_is_said_once_in_a_period_also_after_a_restart(
    ground: Ground,
) -> None:
    await ground.allow(10)
    await ground.use(7)
    assert ground.said == []
    await ground.use(1)
    assert ground.said == ["BudgetWarning"]
    ground.restart()
    await ground.use(2)
    ground.restart()
    await ground.use(5)
    assert ground.said == ["BudgetWarning", "BudgetReached"]

    ground.now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    await ground.use(9)
    assert ground.said == ["BudgetWarning", "BudgetReached", "BudgetWarning"]


async def test_a_day_is_that_of_the_budget_s_time_zone(ground: Ground) -> None:
    await ground.allow(10, zone="Europe/Berlin")
    await ground.use(12)  # 23:30 in Berlin
    ground.now = datetime(2026, 11, 25, 23, 10, tzinfo=UTC)  # 0:10 in Berlin
    (found,) = await ground.budgets.all()
    assert (found.spent_usd, found.level) == (0.0, "fine")
    assert found.began == datetime(2026, 11, 25, 23, tzinfo=UTC)
    assert found.resets == datetime(2026, 11, 26, 23, tzinfo=UTC)


async def test_each_run_is_paused_once_and_so_is_one_that_starts_later(ground: Ground) -> None:
    await ground.allow(10, "pause")
    first = await ground.start()
    await ground.use(10)
    assert ground.outcome(first) == "paused"
    await ground.runs.resume(first.run_id)
    second = await ground.start()
    await ground.use(1)
    assert (ground.outcome(first), ground.outcome(second)) == ("running", "paused")
    assert ground.said.count("BudgetReached") == 2
    await ground.runs.close()


async def test_a_budget_that_stops_admits_nobody_until_the_period_is_over(ground: Ground) -> None:
    await ground.allow(10, "stop")
    await ground.enforcement.admit(_WORK)
    await ground.use(11)
    ground.restart()
    with pytest.raises(RingletError, match=r"\$11.00 of \$10.00 used today") as refused:
        await ground.enforcement.admit(_WORK)
    assert refused.value.code is ErrorCode.BUDGET_REACHED
    ground.now = datetime(2026, 11, 26, tzinfo=UTC)
    await ground.enforcement.admit(_WORK)


async def test_setting_a_budget_anew_begins_to_tell_anew(ground: Ground) -> None:
    await ground.allow(10)
    await ground.use(10)
    await ground.allow(12)
    await ground.use(1)
    assert ground.said == ["BudgetWarning", "BudgetReached", "BudgetWarning"]
    assert len(await ground.budgets.all()) == 1


async def test_models_without_a_price_are_named(ground: Ground) -> None:
    await ground.allow(10)
    await ground.use(100, model="secret")
    (found,) = await ground.budgets.all()
    assert (found.spent_usd, found.spent_tokens) == (0.0, 100)
    assert found.unpriced_models == ["secret"]


def test_what_is_neither_a_profile_nor_a_provider_has_no_budget(ground: Ground) -> None:
    with pytest.raises(RingletError, match="neither a profile nor a provider"):
        ground.budgets.scope("nobody")


async def test_a_damaged_file_is_set_aside_and_told(ground: Ground) -> None:
    (ground.root / "budgets.json").write_text("{")
    assert await ground.budgets.all() == []
    assert "budgets.json" in ground.quarantine.problems[0]
