"""Have a document edited until it is right, or the user gives up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from ringlet.commands.session import Session
from ringlet.domain.errors import ErrorCode, RingletError

T = TypeVar("T")


async def edit_text(
    session: Session,
    name: str,
    text: bytes,
    accept: Callable[[Path, bytes], Awaitable[T]],
    *,
    instead: str,
) -> T | None:
    """What `accept` made of the edited text; None if it is as it was, or was given up.

    `accept` raises what is wrong, which is told before the next try. `instead` is what to do
    where there is no terminal.
    """
    if not session.caller.invocation.interactive:
        raise RingletError(
            ErrorCode.INVALID_REQUEST, "There is no terminal for an editor", hint=instead
        )
    edits = session.change.edits
    path = await edits.open(name, text.decode(errors="surrogateescape"))
    try:
        while True:
            await session.caller.edit(str(path))
            data = await edits.read(path)
            if data == text:
                return None
            try:
                return await accept(path, data)
            except RingletError as error:
                session.notes([error.message, *error.hint.split("\n")])
            answer = await session.caller.prompt("Edit again? [Y/n]", hint=instead)
            if answer.strip().lower() in ("n", "no"):
                return None
    finally:
        await edits.close(path)
