"""`--log-level`: what is logged while a command runs, on the caller's standard error."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from ringlet.commands.caller import Caller
from ringlet.commands.text import clean_lines

LEVELS: Final = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "off": logging.CRITICAL + 1,
}
# Each command runs in a context of its own, which its tasks and threads inherit.
_follower: ContextVar[tuple[Caller, int] | None] = ContextVar("follower", default=None)


def follow(caller: Caller, level: str | None) -> None:
    """Show the caller what the rest of this command logs, from the level on."""
    _follower.set((caller, LEVELS[level.lower()]) if level else None)


class FollowerLog(logging.Handler):
    """Hands records to whoever follows the command they come from; `redact` cleans the text."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact

    def emit(self, record: logging.LogRecord) -> None:
        found = _follower.get()
        if found is not None and record.levelno >= found[1]:
            text = self._redact(record.getMessage())
            found[0].note(clean_lines(f"{record.levelname.lower()}: {record.name}: {text}"))
