"""Steps that are taken back together when one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class Undo:
    """Takes the steps of its block back, last first, if the block does not end well.

    The way back is registered before the step is taken, so it must do no harm if the step was
    not. Neither a step nor the way back is left in the middle when the task is cancelled.
    """

    def __init__(self) -> None:
        self._ways: list[Callable[[], Awaitable[object]]] = []

    def by(self, way: Callable[[], Awaitable[object]]) -> None:
        """How the next step is taken back."""
        self._ways.append(way)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            await to_the_end(self._go_back())

    async def _go_back(self) -> None:
        for way in reversed(self._ways):
            await way()


async def to_the_end(step: Awaitable[T]) -> T:
    """Await a step; a cancellation that comes meanwhile is raised when the step has ended."""
    task = asyncio.ensure_future(step)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
