"""Show that something is still going on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from ringlet.commands.session import Session
from ringlet.commands.text import duration

T = TypeVar("T")
_EVERY_SECONDS: Final = 5.0


async def with_progress(
    session: Session,
    text: str,
    work: Awaitable[T],
    state: Callable[[], Awaitable[str]] | None = None,
) -> T:
    """Await the work, saying what it is, and on a terminal every few seconds for how long.

    `state` tells how far it is. Who goes away meanwhile ends the work.
    """
    caller = session.caller
    caller.note(f"{text} …")
    await caller.flush()
    began = time.monotonic()
    task = asyncio.ensure_future(work)
    try:
        with caller.unhurried():
            while not (await asyncio.wait({task}, timeout=_EVERY_SECONDS))[0]:
                if caller.invocation.terminals[2]:
                    told = f", {await state()}" if state else ""
                    caller.note(f"… {duration(time.monotonic() - began)}{told}")
                    await caller.flush()
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
