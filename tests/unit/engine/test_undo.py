"""All of it or nothing, also when somebody hangs up in the middle."""

from __future__ import annotations

import asyncio

import pytest

from ringlet.engine.undo import Undo, to_the_end


async def test_steps_are_taken_back_in_reverse_order_after_an_error() -> None:
    taken: list[str] = []

    async def note(text: str) -> None:
        taken.append(text)

    with pytest.raises(ValueError, match="third"):
        async with Undo() as undo:
            undo.by(lambda: note("back 1"))
            undo.by(lambda: note("back 2"))
            raise ValueError("third")
    assert taken == ["back 2", "back 1"]


async def test_nothing_is_taken_back_when_all_went_well() -> None:
    async with Undo() as undo:
        undo.by(lambda: asyncio.sleep(0, pytest.fail("taken back")))


async def test_a_step_ends_before_its_cancellation_is_heard_and_the_way_back_is_walked() -> None:
    begun, proceed = asyncio.Event(), asyncio.Event()
    state: list[str] = []

    async def step() -> None:
        begun.set()
        await proceed.wait()
        state.append("done")

    async def back() -> None:
        await asyncio.sleep(0)
        state.append("undone")

    async def work() -> None:
        async with Undo() as undo:
            undo.by(back)
            await to_the_end(step())

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    proceed.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert state == ["done", "undone"]
