"""`ringlet ui`: let a browser in."""

from __future__ import annotations

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.engine.access import CODE_SECONDS


@click.command(
    "ui",
    cls=Command,
    epilog=examples("ringlet ui", "ringlet ui --open"),
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser of this desktop.")
@click.pass_obj
async def group(session: Session, open_it: bool) -> None:
    """Print an address that lets one browser in, within a minute.

    The code in the address works once. With --open other users of this machine may see it in the
    list of processes for a moment; on Linux only your own user can use it.
    """
    access = session.change.access
    url = f"{await access.url()}/#code={access.issue_code()}"
    if session.json:
        session.show({"url": url, "expires_in_secs": CODE_SECONDS}, str)
        return
    session.caller.hand_out(url)
    if open_it:
        await session.caller.open_browser(url)
