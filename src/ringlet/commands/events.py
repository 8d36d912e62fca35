"""`ringlet events`: what changes, as it changes."""

from __future__ import annotations

from typing import Any

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import NAMES, Command, examples
from ringlet.commands.watching import reason_to_go
from ringlet.wire.event_names import sorted_out
from ringlet.wire.event_types import DaemonStarted
from ringlet.wire.events import Event


@click.command(
    "events",
    cls=Command,
    epilog=examples(
        "ringlet events",
        "ringlet events --type ProfileStarted,ProfileStopped --json",
        "ringlet events --since 1766655000000001",
    ),
)
@click.option("--type", "types", type=NAMES, metavar="LIST", help="Only these; default: all.")
@click.option(
    "--since", type=int, metavar="SEQ", help="First those after the event of this number."
)
@click.option("--told-of-end", is_flag=True, hidden=True)
@click.pass_obj
async def group(
    session: Session, types: tuple[str, ...] | None, since: int | None, told_of_end: bool
) -> None:
    """Print events until Ctrl-C, one a line; with --json as HTTP clients get them."""
    _, later = sorted_out(types or ())
    for name in later:
        session.caller.note(f"{name} is not part of this version yet: it will not come")
    stream = session.change.events
    seq = stream.last if since is None else since
    await session.caller.show_more(seq)
    while True:
        with session.caller.unhurried():
            events, complete = await stream.after(seq)
        # Who heard the last daemon say that it goes has missed nothing: this one's first is there.
        if told_of_end and events and events[0].type == DaemonStarted.__name__:
            complete = True
        told_of_end = False
        if not complete:
            session.caller.note(f"Events after {seq} were missed: they are not kept any more")
        seq = stream.last
        chosen = [event for event in events if not types or event.type in types]
        for event in chosen:
            _say(session, event)
        if going := reason_to_go(events):
            await session.caller.rejoin(going, seq)
            return
        await session.caller.show_more(seq)


def _say(session: Session, event: Event) -> None:
    if session.json:
        session.line(event)
        return
    words = [f"{name}={_plain(value)}" for name, value in event.data.items()]
    time = event.timestamp.strftime("%Y-%m-%d %H:%M:%S")
    session.caller.say(" ".join([time, event.type, *words]))


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
