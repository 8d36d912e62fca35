"""`ringlet budget`: how much may be used, and what happens then."""

from __future__ import annotations

from typing import Final

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import F, Group, examples
from ringlet.commands.usage_tables import count, money
from ringlet.domain.budgets import Budget, BudgetAction, BudgetPeriod, nano_of_usd
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.budgets import info
from ringlet.engine.usage.periods import zone_of
from ringlet.wire.replies.budgets import BudgetInfo

_PERIODS: Final[tuple[BudgetPeriod, ...]] = ("daily", "weekly", "monthly")
_NO_DOLLARS: Final = ""


@click.group("budget", cls=Group, short_help="Limit what profiles use, in dollars or tokens.")
def group() -> None:
    """Limit what profiles use, in dollars or tokens, by day, week or month."""


def _limits(function: F) -> F:
    for period in reversed(_PERIODS):
        function = click.option(
            f"--{period}",
            is_flag=False,
            flag_value=_NO_DOLLARS,
            metavar="[USD]",
            help=f"The limit is {period}: so many dollars, at list prices.",
        )(function)
    return function


@group.command(
    "set",
    epilog=examples(
        "ringlet budget set work --daily 20 --action pause",
        "ringlet budget set anthropic --monthly 500 --warn 90 --action stop",
        "ringlet budget set '*' --weekly --tokens 50000000",
    ),
)
@click.argument("scope")
@_limits
@click.option("--tokens", type=click.IntRange(1, 1 << 60), metavar="N", help="So many tokens.")
@click.option("--warn", type=click.IntRange(1, 100), default=80, show_default=True,
              metavar="PERCENT", help="Warn when so much of it is used.")  # fmt: skip
@click.option("--action", type=click.Choice(["warn", "pause", "stop"]), default="warn",
              show_default=True, help="What happens when all of it is used.")  # fmt: skip
@click.option("--tz", metavar="ZONE", help="Days are those of this time zone.")
@click.pass_obj
async def set_budget(
    session: Session,
    /,
    scope: str,
    tokens: int | None,
    warn: int,
    action: BudgetAction,
    tz: str | None,
    **limits: str | None,
) -> None:
    """Limit a profile, a provider, or everything ('*').

    `warn` sends an event; `pause` stops the runs where they are until `ringlet runs resume`;
    `stop` ends them and starts no others until the period is over. Each run is paused or ended
    as soon as an answer has reached the limit.
    """
    services = session.change
    period, nano = _chosen(limits)
    zone = zone_of(tz, session.caller.invocation.environ)[1]
    budget = Budget(services.budgets.scope(scope), period, zone, nano, tokens, warn, action)
    await services.budgets.set(budget)
    await services.usage.catch_up()
    await services.enforcement.check()
    standing = await services.budgets.standing(budget)
    found = info(standing)
    session.show(found, lambda: [standing.state.describe(), *_remarks([found])])


@group.command("list", epilog=examples("ringlet budget list", "ringlet budget list --json"))
@click.pass_obj
async def list_budgets(session: Session) -> None:
    """List budgets, and how much of each is used."""
    await session.change.usage.catch_up()
    found = [b for b in await session.change.budgets.all() if session.origin.sees(b.scope)]
    heads = ("Scope", "Period", "Used", "Limit", "Tokens", "Limit", "", "Action", "Begins anew")
    rows = [
        (
            each.scope,
            each.period,
            money(each.spent_usd),
            money(each.limit_usd),
            count(each.spent_tokens),
            "—" if each.limit_tokens is None else count(each.limit_tokens),
            f"{each.percent} %",
            each.action,
            each.resets.strftime("%Y-%m-%d %H:%M UTC"),
        )
        for each in found
    ]
    session.show(
        found,
        lambda: [*session.table(heads, rows, empty="No budgets."), *_remarks(found)],
    )


@group.command("rm", epilog=examples("ringlet budget rm work", "ringlet budget rm '*' --weekly"))
@click.argument("scope")
@click.option("--daily", "period", flag_value="daily", help="Only the daily one.")
@click.option("--weekly", "period", flag_value="weekly", help="Only the weekly one.")
@click.option("--monthly", "period", flag_value="monthly", help="Only the monthly one.")
@click.pass_obj
async def remove(session: Session, scope: str, period: BudgetPeriod | None) -> None:
    """Remove the budgets of a profile, a provider, or everything ('*').

    Runs that were paused stay so until they are resumed.
    """
    gone = await session.change.budgets.remove(scope, period)
    session.succeed(
        f"Removed {len(gone)} budget{'s' if len(gone) > 1 else ''} of {gone[0].scope.word}"
    )


def _chosen(limits: dict[str, str | None]) -> tuple[BudgetPeriod, int | None]:
    """The one period that was named, and its nano-dollars, if any."""
    given = [(period, text) for period in _PERIODS if (text := limits[period]) is not None]
    if len(given) != 1:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            "A budget is daily, weekly or monthly",
            hint="Give one of --daily, --weekly and --monthly; each is a budget of its own.",
        )
    period, text = given[0]
    return period, None if text == _NO_DOLLARS else nano_of_usd(text)


def _remarks(found: list[BudgetInfo]) -> list[str]:
    """What budgets in dollars cannot see."""
    models = sorted(
        {m for each in found if each.limit_usd is not None for m in each.unpriced_models}
    )
    if not models:
        return []
    return [
        f"No price is known for {', '.join(models)}: a limit in dollars does not see them,"
        " one in tokens does."
    ]
