"""What a check has found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ringlet.domain.errors import RingletError

Level = Literal["ok", "warning", "error"]
# Mends what was found; returns why it could not, or nothing.
Mend = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing, and the next step, which may take several lines.

    `mend` is there where that is safe.
    """

    area: str
    level: Level
    message: str
    hint: str | Sequence[str] = ""
    mend: Mend | None = None


def blocking(work: Callable[[], object]) -> Mend:
    """Mend by a function that blocks."""

    async def mend() -> str:
        try:
            await asyncio.to_thread(work)
        except (OSError, RingletError) as error:
            return str(error)
        return ""

    return mend
