"""Requests about budgets."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.budgets import Budget, nano_of_usd
from ringlet.engine.budgets import info
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.budgets import BudgetInfo
from ringlet.wire.requests.budgets import BudgetsList, BudgetsRemove, BudgetsSet

table = Table()


@table.on(BudgetsList, "budgets")
async def list_budgets(call: Call, request: BudgetsList) -> list[BudgetInfo]:
    return await call.services.budgets.all()


@table.on(BudgetsSet, "budget")
async def set_budget(call: Call, request: BudgetsSet) -> BudgetInfo:
    budget = Budget(
        call.services.budgets.scope(request.scope),
        request.period,
        request.tz,
        None if request.usd is None else nano_of_usd(repr(request.usd)),
        request.tokens,
        request.warn,
        request.action,
    )
    await call.services.budgets.set(budget)
    await call.services.enforcement.check()
    return info(await call.services.budgets.standing(budget))


@table.on(BudgetsRemove, "success")
async def remove(call: Call, request: BudgetsRemove) -> Message:
    gone = await call.services.budgets.remove(request.scope, request.period)
    return Message(f"Removed {len(gone)} budget{'s' if len(gone) > 1 else ''}")
