"""How long a request may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from ringlet.domain.errors import ErrorCode, RingletError

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T]) -> T:
    """The result of the work; raises TIMEOUT when it takes longer."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise RingletError(
            ErrorCode.TIMEOUT, f"The request took longer than its deadline of {seconds:g} s"
        ) from None
