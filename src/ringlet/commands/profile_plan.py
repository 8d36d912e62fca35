"""`ringlet profiles plan`."""

from __future__ import annotations

from typing import Final

import click

from ringlet.commands.plans import describe
from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples


@click.command(
    "plan",
    cls=Command,
    epilog=examples("ringlet profiles plan work", 'ringlet profiles plan work -- -p "Say hello"'),
)
@click.argument("alias")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
async def plan(session: Session, alias: str, args: tuple[str, ...]) -> None:
    """Show what running the profile here would come to; nothing is written.

    Files of the home as diffs against what is there, variables, arguments. Secrets are masked.
    """
    previews = session.use.previews
    found = await previews.of_profile(alias, args=list(args), situation=session.situation)
    session.show(found, lambda: describe(found))


COMMANDS: Final = {"plan": plan}
