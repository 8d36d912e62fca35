"""Work that hangs holds up nothing but work of its kind."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ringlet.store.aside import aside


async def test_more_hanging_work_than_there_are_places_leaves_the_pool_free() -> None:
    goes_on = threading.Event()
    stuck = [asyncio.create_task(aside(goes_on.wait)) for _ in range(40)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "answered"), 10) == "answered"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(aside(lambda: "late"), 0.1)  # 32 at a time
    goes_on.set()
    assert await asyncio.wait_for(asyncio.gather(*stuck), 10) == [True] * 40
    assert await aside(lambda: "now") == "now"


async def test_the_place_of_work_that_nobody_waits_for_comes_free() -> None:
    goes_on = threading.Event()
    for _ in range(40):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aside(goes_on.wait), 0.001)
    goes_on.set()
    assert await asyncio.wait_for(aside(lambda: "again"), 10) == "again"


async def test_errors_reach_whoever_waits() -> None:
    def fail() -> None:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError, match="gone"):
        await aside(fail)


def test_a_loop_ends_although_work_hangs() -> None:
    goes_on = threading.Event()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aside(goes_on.wait), 0.01)

    asyncio.run(leave())
    goes_on.set()
