"""`ringlet profiles delete`: a profile, and its home if that is wanted."""

from __future__ import annotations

import asyncio
from typing import Final

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.shell_words import quote


@click.command(
    "delete",
    cls=Command,
    epilog=examples("ringlet profiles delete work", "ringlet profiles delete work --purge"),
)
@click.argument("alias")
@click.option("--purge", is_flag=True, help="Also remove its home: settings, history, logins.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before the home is removed.")
@click.option("--confirm-home", default="", metavar="PATH",
              help="The path of a home that Ringlet did not make, if it shall go.")  # fmt: skip
@click.pass_obj
async def delete(session: Session, alias: str, purge: bool, yes: bool, confirm_home: str) -> None:
    """Delete a profile and its key; the home is kept unless --purge is given.

    A home that Ringlet did not make is removed only if you type its path, or give it with
    --confirm-home.
    """
    deletion = session.change.deletion
    folder = session.caller.invocation.cwd
    confirmed = session.caller.locate(confirm_home) or "" if confirm_home else ""
    if purge:
        home = (await session.use.inspection.inspect(alias)).home
        if await asyncio.to_thread(deletion.is_foreign, alias, folder=folder):
            if not confirmed and session.caller.invocation.interactive:
                confirmed = await _type_home(session, alias, home)
        elif not yes:
            await _agree(session, home)
    notes = await deletion.delete(alias, purge=purge, confirmed=confirmed, folder=folder)
    session.succeed(f"Profile {alias} deleted", notes)


async def _type_home(session: Session, alias: str, home: str) -> str:
    session.caller.note(f"Ringlet did not make {home}: it may hold more than the agent's files.")
    hint = f"If it shall go, say: ringlet profiles delete {alias} --purge --confirm-home "
    question = "Type its path to remove it and all that is in it"
    return (await session.caller.prompt(question, hint=hint + quote(home))).strip()


async def _agree(session: Session, home: str) -> None:
    answer = await session.caller.prompt(
        f"Remove {home} and all that is in it? [y/N]", hint="Say --yes if the home shall go."
    )
    if answer.strip().lower() not in ("y", "yes"):
        raise RingletError(ErrorCode.INVALID_REQUEST, "Nothing was deleted")


COMMANDS: Final = {"delete": delete}
