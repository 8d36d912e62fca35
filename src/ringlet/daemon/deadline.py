"""How long a request may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from ringlet.domain.errors import ErrorCode, RingletError

T = TypeVar("T")

# From one question to the next; npm itself is given 900.
COMMAND_SECONDS: Final = 1000.0

_left: Final = set[asyncio.Future[Any]]()


async def within(seconds: float, work: Awaitable[T]) -> T:
    """The result of the work; raises TIMEOUT when it takes longer.

    Work that cannot be stopped in the middle of a step is left to end by itself.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    if task.done():
        return task.result()
    task.cancel()
    _left.add(task)
    task.add_done_callback(_forget)
    raise too_late("request", seconds)


def too_late(what: str, seconds: float) -> RingletError:
    """The error of what takes longer than it may."""
    return RingletError(
        ErrorCode.TIMEOUT,
        f"The {what} took longer than its deadline of {seconds:g} s",
        hint="See what the daemon is doing with: ringlet doctor",
    )


class Clock:
    """Calls `expire` with the seconds once they have passed without anything that held it."""

    def __init__(self, seconds: float, expire: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._expire = expire
        self._holders = 0
        self._timer: asyncio.TimerHandle | None = None
        self._start()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stop it; afterwards it begins again."""
        self.stop()
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                self._start()

    def stop(self) -> None:
        """Let it expire no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, self._expire, self._seconds)


def _forget(task: asyncio.Future[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it any more
