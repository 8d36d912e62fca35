"""`--watch`: show a list again whenever it may have changed."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Concatenate, Final, ParamSpec

import click

from ringlet.commands.session import Session
from ringlet.wire.events import Event

P = ParamSpec("P")
Listing = Callable[Concatenate[Session, P], Coroutine[Any, Any, None]]

_GOING: Final = "DaemonShuttingDown"


def watchable(*kinds: str) -> Callable[[Listing[P]], Callable[..., Coroutine[Any, Any, None]]]:
    """Give a command --watch: then it goes on after events whose type begins like one of these."""

    def decorate(function: Listing[P]) -> Callable[..., Coroutine[Any, Any, None]]:
        @click.option("--watch", is_flag=True, help="Show it again at changes, until Ctrl-C.")
        @functools.wraps(function)
        async def command(session: Session, *args: P.args, **options: P.kwargs) -> None:
            watching = options.pop("watch")
            show = functools.partial(function, session, *args, **options)
            await (_watch(session, show, kinds) if watching else show())

        return command

    return decorate


async def _watch(
    session: Session, show: Callable[[], Awaitable[None]], kinds: tuple[str, ...]
) -> None:
    stream = session.change.events
    while True:
        seq = stream.last  # before the list is made: what changes meanwhile shows it again
        if not session.json:
            session.caller.clear_screen()
        await show()
        await session.caller.show_more()
        while True:
            with session.caller.unhurried():
                events, complete = await stream.after(seq)
            if going := reason_to_go(events):
                await session.caller.rejoin(going)
                return
            if not complete or any(event.type.startswith(kinds) for event in events):
                break
            seq = stream.last


def reason_to_go(events: Iterable[Event]) -> str:
    """Why the daemon goes, if one of the events says that it does; else ""."""
    going = (event for event in events if event.type == _GOING)
    return next((str(event.data["reason"]) for event in going), "")
