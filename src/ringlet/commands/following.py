"""`--log-level`: what is logged while a command runs, on the caller's standard error."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from ringlet.commands.caller import Caller

# The numbers are those of `logging`, which is loaded only where something is logged.
LEVELS: Final = {
    "trace": 10,
    "debug": 10,
    "info": 20,
    "warn": 30,
    "warning": 30,
    "error": 40,
    "off": 51,
}
# Each command runs in a context of its own, which its tasks and threads inherit.
_follower: ContextVar[tuple[Caller, int] | None] = ContextVar("follower", default=None)


def follow(caller: Caller, level: str | None) -> None:
    """Show the caller what the rest of this command logs, from the level on."""
    _follower.set((caller, LEVELS[level.lower()]) if level else None)


def tell(level: int, text: str) -> None:
    """Show the text to whoever follows the command that it comes from."""
    found = _follower.get()
    if found is not None and level >= found[1]:
        found[0].note(text)
