"""The options that all usage commands have."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import F
from ringlet.engine.usage.reports import Query

_FILTERS: Final = ("profile", "model", "agent", "provider", "account", "project", "branch")
_WORDS: Final = "today, yesterday, week, month, 7d, 30d or all"


def chosen(default: str) -> Callable[[F], F]:
    """Period, time zone and filters; they arrive as keyword arguments. `default` is a period."""
    options = [
        click.option("-p", "--period", metavar="WORD", help=f"{_WORDS}. [default: {default}]"),
        click.option("--since", metavar="DAY", help="From this day on (2026-11-25)."),
        click.option("--until", metavar="DAY", help="Up to this day, which is included."),
        click.option("--tz", metavar="ZONE", help="Days are those of this time zone."),
        *(
            click.option(f"--{name}", metavar=name.upper(), help=f"Only this {name}.")
            for name in _FILTERS
        ),
    ]

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def query(session: Session, given: dict[str, Any], default: str, by: Sequence[str] = ()) -> Query:
    """The query that the options ask for."""
    where = {name: given.get(name) for name in _FILTERS}
    if where["project"]:  # paths are noted in full
        where["project"] = os.path.abspath(
            os.path.join(session.caller.invocation.cwd, str(where["project"]))
        )
    return session.change.usage.query(
        given.get("period") or default,
        since=given.get("since"),
        until=given.get("until"),
        tz=given.get("tz"),
        environ=session.caller.invocation.environ,
        by=by,
        where=where,
    )
