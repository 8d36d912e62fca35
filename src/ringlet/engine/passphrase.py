"""Whom to ask for the passphrase of the secret store: whoever gave the command that needs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

from ringlet.domain.secret import Secret

# Each command runs in a context of its own, which its tasks inherit. None: nobody is there.
# What is given is why the last answer was none, "" at first.
asked: Final[ContextVar[Callable[[str], Awaitable[Secret]] | None]] = ContextVar(
    "asked", default=None
)
