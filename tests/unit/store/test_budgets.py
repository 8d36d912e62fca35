"""Budgets are kept, replaced, removed and follow their profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringlet.domain.budgets import Budget, Scope
from ringlet.domain.errors import RingletError
from ringlet.store.budgets import BudgetStore
from ringlet.store.quarantine import Quarantine

WORK, ALL = Scope("profile", "work"), Scope("all")
DAILY = Budget(WORK, "daily", zone="Europe/Berlin", limit_nano=20, action="stop")
MONTHLY = Budget(WORK, "monthly", limit_tokens=1000)
EVERYBODY = Budget(ALL, "daily", limit_nano=100)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "budgets.json"


def store_of(file: Path) -> BudgetStore:
    return BudgetStore(file, Quarantine(file.parent / "quarantine"))


def test_budgets_are_still_there_after_a_restart(file: Path) -> None:
    for budget in (DAILY, MONTHLY, EVERYBODY):
        store_of(file).put(budget)
    assert store_of(file).all() == [EVERYBODY, DAILY, MONTHLY]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_budget_replaces_that_of_the_same_scope_and_period(file: Path) -> None:
    store = store_of(file)
    store.put(DAILY)
    store.put(Budget(WORK, "daily", limit_tokens=7))
    assert store.all() == [Budget(WORK, "daily", limit_tokens=7)]


def test_budgets_are_removed_by_scope_or_by_period(file: Path) -> None:
    store = store_of(file)
    for budget in (DAILY, MONTHLY, EVERYBODY):
        store.put(budget)
    assert store.remove(WORK, "daily") == [DAILY]
    assert store.remove(WORK) == [MONTHLY]
    assert store_of(file).all() == [EVERYBODY]
    with pytest.raises(RingletError, match="no budget for: Profile work"):
        store.remove(WORK)
    with pytest.raises(RingletError, match="no weekly budget for: All profiles"):
        store.remove(ALL, "weekly")


def test_the_budgets_of_a_profile_follow_it_to_its_new_name(file: Path) -> None:
    store = store_of(file)
    store.put(DAILY)
    store.put(EVERYBODY)
    store.rename_profile("work", "job")
    assert [one.scope for one in store_of(file).all()] == [ALL, Scope("profile", "job")]


def test_a_budget_that_makes_no_sense_is_not_kept(file: Path) -> None:
    with pytest.raises(RingletError):
        store_of(file).put(Budget(WORK, "daily"))
    assert not file.exists()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"schema_version": 2}',
        '{"budgets": [{"scope": {"kind": "all"}, "period": "daily"}]}',
        '{"budgets": [{"scope": {"kind": "all"}, "period": "yearly", "limit_nano": 1}]}',
    ],
)
def test_a_damaged_file_is_set_aside_and_told(file: Path, text: str) -> None:
    file.write_text(text)
    quarantine = Quarantine(file.parent / "quarantine")
    assert BudgetStore(file, quarantine).all() == []
    assert "budgets.json" in quarantine.problems[0]
    assert not file.exists()
