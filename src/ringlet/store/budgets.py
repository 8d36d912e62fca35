"""The budgets, in `budgets.json`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from ringlet.domain.budgets import Budget, BudgetPeriod, Scope, Told, checked
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.files import write_atomic
from ringlet.store.quarantine import Quarantine

_VERSION: Final = 1
_LIMIT: Final = 1 << 20


class _Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scope: Scope
    period: BudgetPeriod
    told: Told


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int = _VERSION
    budgets: tuple[Budget, ...] = ()
    told: tuple[_Note, ...] = ()


class BudgetStore:
    """All budgets; read once, written through by one process. Methods block."""

    def __init__(self, path: Path, quarantine: Quarantine) -> None:
        self._path = path
        self._quarantine = quarantine
        self._budgets: dict[tuple[Scope, BudgetPeriod], Budget] | None = None
        self._told: dict[tuple[Scope, BudgetPeriod], Told] = {}

    def all(self) -> list[Budget]:
        """By scope and period."""
        return sorted(self._read().values(), key=_order)

    def put(self, budget: Budget) -> None:
        """Set the budget of its scope and period, of which nothing was told yet.

        Raises INVALID_REQUEST or STORAGE_ERROR.
        """
        budgets = {**self._read(), budget.key: checked(budget)}
        self._write(budgets, {**self._told, budget.key: None})

    def told(self, budget: Budget) -> Told | None:
        """What was said of a budget, if anything was."""
        self._read()
        return self._told.get(budget.key)

    def note(self, budget: Budget, told: Told) -> None:
        """Remember what was said of a budget; one that is gone meanwhile stays gone."""
        if self._read().get(budget.key) == budget:
            self._write(self._read(), {**self._told, budget.key: told})

    def remove(self, scope: Scope, period: BudgetPeriod | None = None) -> list[Budget]:
        """Remove the budgets of a scope, or that of one period; returns them.

        Raises BUDGET_NOT_FOUND if there is none, STORAGE_ERROR.
        """
        budgets = dict(self._read())
        gone = [one for one in self.all() if one.scope == scope and period in (None, one.period)]
        if not gone:
            which = f"{period} budget" if period else "budget"
            raise RingletError(
                ErrorCode.BUDGET_NOT_FOUND,
                f"There is no {which} for: {scope}",
                hint="`ringlet budget list` shows them all.",
            )
        for budget in gone:
            del budgets[budget.key]
        self._write(budgets, self._told)
        return gone

    def rename_profile(self, alias: str, renamed: str) -> None:
        """Let the budgets of a profile follow it to its new name. Raises STORAGE_ERROR."""
        old, new = Scope("profile", alias), Scope("profile", renamed)
        before = self._read()
        if any(one.scope == old for one in before.values()):
            moved = [
                replace(one, scope=new) if one.scope == old else one for one in before.values()
            ]
            told = {
                (new if scope == old else scope, at): t for (scope, at), t in self._told.items()
            }
            self._write({one.key: one for one in moved}, told)

    def _read(self) -> dict[tuple[Scope, BudgetPeriod], Budget]:
        if self._budgets is None:
            content = self._quarantine.load(self._path, _parse, limit=_LIMIT) or _Content()
            self._budgets = {budget.key: budget for budget in content.budgets}
            self._told = {(note.scope, note.period): note.told for note in content.told}
        return self._budgets

    def _write(
        self,
        budgets: dict[tuple[Scope, BudgetPeriod], Budget],
        told: Mapping[tuple[Scope, BudgetPeriod], Told | None],
    ) -> None:
        kept = {key: said for key, said in told.items() if said is not None and key in budgets}
        content = _Content(
            budgets=tuple(sorted(budgets.values(), key=_order)),
            told=tuple(_Note(*key, said) for key, said in kept.items()),
        )
        write_atomic(self._path, msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        self._budgets, self._told = budgets, kept


def _parse(data: bytes) -> _Content:
    content = msgspec.json.decode(data, type=_Content)
    if content.schema_version != _VERSION:
        raise ValueError(f"schema version {content.schema_version} is not known")
    for budget in content.budgets:
        checked(budget)
    return content


def _order(budget: Budget) -> tuple[str, str, str]:
    return budget.scope.kind, budget.scope.name, budget.period
