"""The budgets, in `budgets.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from ringlet.domain.budgets import Budget, BudgetPeriod, Scope, checked
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.files import write_atomic
from ringlet.store.quarantine import Quarantine

_VERSION: Final = 1
_LIMIT: Final = 1 << 20


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int = _VERSION
    budgets: tuple[Budget, ...] = ()


class BudgetStore:
    """All budgets; read once, written through by one process. Methods block."""

    def __init__(self, path: Path, quarantine: Quarantine) -> None:
        self._path = path
        self._quarantine = quarantine
        self._budgets: dict[tuple[Scope, BudgetPeriod], Budget] | None = None

    def all(self) -> list[Budget]:
        """By scope and period."""
        return sorted(self._read().values(), key=_order)

    def put(self, budget: Budget) -> None:
        """Set the budget of its scope and period. Raises INVALID_REQUEST or STORAGE_ERROR."""
        self._write({**self._read(), budget.key: checked(budget)})

    def remove(self, scope: Scope, period: BudgetPeriod | None = None) -> list[Budget]:
        """Remove the budgets of a scope, or that of one period; returns them.

        Raises INVALID_REQUEST if there is none, STORAGE_ERROR.
        """
        budgets = dict(self._read())
        gone = [one for one in self.all() if one.scope == scope and period in (None, one.period)]
        if not gone:
            which = f"{period} budget" if period else "budget"
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"There is no {which} for: {scope}",
                hint="`ringlet budget list` shows them all.",
            )
        for budget in gone:
            del budgets[budget.key]
        self._write(budgets)
        return gone

    def rename_profile(self, alias: str, renamed: str) -> None:
        """Let the budgets of a profile follow it to its new name. Raises STORAGE_ERROR."""
        old, new = Scope("profile", alias), Scope("profile", renamed)
        before = self._read()
        if any(one.scope == old for one in before.values()):
            moved = [
                replace(one, scope=new) if one.scope == old else one for one in before.values()
            ]
            self._write({one.key: one for one in moved})

    def _read(self) -> dict[tuple[Scope, BudgetPeriod], Budget]:
        if self._budgets is None:
            content = self._quarantine.load(self._path, _parse, limit=_LIMIT) or _Content()
            self._budgets = {budget.key: budget for budget in content.budgets}
        return self._budgets

    def _write(self, budgets: dict[tuple[Scope, BudgetPeriod], Budget]) -> None:
        content = _Content(budgets=tuple(sorted(budgets.values(), key=_order)))
        write_atomic(self._path, msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        self._budgets = budgets


def _parse(data: bytes) -> _Content:
    content = msgspec.json.decode(data, type=_Content)
    if content.schema_version != _VERSION:
        raise ValueError(f"schema version {content.schema_version} is not known")
    for budget in content.budgets:
        checked(budget)
    return content


def _order(budget: Budget) -> tuple[str, str, str]:
    return budget.scope.kind, budget.scope.name, budget.period
