"""`ringlet usage`: tokens and cost, by whatever one asks for."""

from __future__ import annotations

from typing import Any

import click

from ringlet.commands import usage_keeping
from ringlet.commands.session import Session
from ringlet.commands.tree import NAMES, Group, examples
from ringlet.commands.usage_options import chosen, query
from ringlet.commands.usage_tables import report_table, summary
from ringlet.commands.watching import reason_to_go
from ringlet.engine.usage.reports import Query


@click.group(
    "usage",
    cls=Group,
    invoke_without_command=True,
    epilog=examples(
        "ringlet usage",
        "ringlet usage --period 7d --profile work",
        "ringlet usage --by project,model --since 2026-11-01 --tz Europe/Berlin",
        "ringlet usage daily --watch",
    ),
)
@chosen("today")
@click.option("--by", type=NAMES, metavar="LIST", help="Group: day, model, profile, project …")
@click.option("--watch", is_flag=True, help="Show it anew whenever something is used.")
@click.pass_context
def group(ctx: click.Context, /, by: tuple[str, ...] | None, watch: bool, **given: Any) -> Any:
    """Tokens used and what they cost; without a command a summary of today.

    Costs are at list prices; "billed" goes by the billing of each profile. Everything that an
    agent noted down counts, also what was used without Ringlet: that is "unattributed".
    """
    if ctx.invoked_subcommand is not None:
        return None
    session: Session = ctx.obj
    chosen_query = query(session, given, "today", by or ())
    return _show(session, chosen_query, watch=watch)


def _grouped(name: str, by: str, default: str, what: str) -> None:
    """Add the command that shows usage by one thing."""

    @group.command(
        name,
        help=f"{what}; --by adds more to group by.",
        epilog=examples(f"ringlet usage {name}", f"ringlet usage {name} --period all --json"),
    )
    @chosen(default)
    @click.option("--by", "more", type=NAMES, metavar="LIST", help="Group by these, too.")
    @click.option("--watch", is_flag=True, help="Show it anew whenever something is used.")
    @click.pass_obj
    async def command(
        session: Session, /, more: tuple[str, ...] | None, watch: bool, **given: Any
    ) -> None:
        await _show(session, query(session, given, default, (by, *(more or ()))), watch=watch)


for _name, _by, _default, _what in (
    ("daily", "day", "week", "Usage of each day"),
    ("weekly", "week", "month", "Usage of each week, by its Monday"),
    ("monthly", "month", "all", "Usage of each month"),
    ("sessions", "session", "week", "Usage of each conversation"),
    ("models", "model", "all", "Usage of each model"),
    ("profiles", "profile", "all", "Usage of each profile"),
    ("projects", "project", "all", "Usage in each project folder"),
    ("branches", "branch", "all", "Usage on each git branch"),
    ("blocks", "block", "7d", "Usage in windows of five hours"),
):
    _grouped(_name, _by, _default, _what)
usage_keeping.add_to(group)


async def _show(session: Session, chosen_query: Query, *, watch: bool) -> None:
    stream = session.change.events
    while True:
        seq = stream.last
        await _show_once(session, chosen_query)
        if not watch:
            return
        await session.caller.show_more()
        while True:
            with session.caller.unhurried():
                events, complete = await stream.after(seq)
            if going := reason_to_go(events):
                await session.caller.rejoin(going)
                return
            seq = stream.last
            if not complete or any(event.type == "UsageUpdated" for event in events):
                break
        session.caller.clear_screen()


async def _show_once(session: Session, chosen_query: Query) -> None:
    if chosen_query.by:
        report = await session.change.usage.report(chosen_query)
        session.show(report, lambda: report_table(session, report))
        await _excuse(session, report.partial)
        return
    stats = await session.change.usage.stats(chosen_query)
    session.show(stats, lambda: summary(session, stats, chosen_query.period.zone_name))
    await _excuse(session, stats.partial)


async def _excuse(session: Session, partial: bool) -> None:
    """Say why not everything is counted, where somebody reads it."""
    if partial and not session.json:
        session.caller.note(f"Not everything: {await session.change.usage.state()}.")
