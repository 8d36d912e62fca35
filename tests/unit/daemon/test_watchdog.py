"""A loop that stands still is noticed, and one that waits is left alone."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ringlet.daemon.watchdog import Watchdog, WatchedSelector

LIMIT = 0.2


def run(work: Callable[[WatchedSelector, Watchdog], Coroutine[Any, Any, None]]) -> Watchdog:
    selector = WatchedSelector()

    async def main() -> Watchdog:
        dog = Watchdog(selector, seconds=LIMIT)
        await work(selector, dog)
        dog.close()
        return dog

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        return runner.run(main())


def stand_still(until: Callable[[], object]) -> None:
    """Block this thread, which the other one is to notice."""
    deadline = time.monotonic() + 20
    while not until() and time.monotonic() < deadline:
        time.sleep(0.01)


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


def test_a_turn_that_does_not_end_is_logged_once_with_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work(selector: WatchedSelector, dog: Watchdog) -> None:
        await turns(10)
        stand_still(lambda: dog.problem)
        asleep = time.monotonic() + 3 * LIMIT
        stand_still(lambda: time.monotonic() > asleep)

    with caplog.at_level(logging.ERROR):
        dog = run(work)
    (record,) = caplog.records
    assert "stand_still" in record.getMessage()
    assert "MainThread" in record.getMessage()
    assert "more than 0.2 s once, at" in dog.problem


def test_each_incident_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def work(selector: WatchedSelector, dog: Watchdog) -> None:
        for number in (1, 2):
            await asyncio.sleep(0)
            stand_still(lambda count=number: len(caplog.records) >= count)  # type: ignore[misc]

    with caplog.at_level(logging.ERROR):
        dog = run(work)
    assert len(caplog.records) == 2
    assert "2 times, the last one at" in dog.problem


def test_many_short_turns_and_long_rests_are_no_incident(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work(selector: WatchedSelector, dog: Watchdog) -> None:
        over = time.monotonic() + 3 * LIMIT
        while time.monotonic() < over:
            await turns(10)
        await asyncio.sleep(3 * LIMIT)

    with caplog.at_level(logging.ERROR):
        assert run(work).problem == ""
    assert caplog.records == []


def test_nobody_looks_while_the_loop_waits() -> None:
    before = threading.enumerate()  # those of daemons and watchdogs that are just ending, too

    async def work(selector: WatchedSelector, dog: Watchdog) -> None:
        found = (each for each in threading.enumerate() if each not in before)
        (thread,) = (each for each in found if each.name == "watchdog")
        assert thread.native_id is not None
        loop = asyncio.get_running_loop()
        rested = loop.create_future()

        def observe() -> None:
            """While the loop waits for us, the thread goes to sleep, and stays asleep."""
            stand_still(lambda: selector._called is not None)
            before = switches(thread.native_id)
            over = time.monotonic() + 3 * LIMIT
            stand_still(lambda: time.monotonic() > over)
            loop.call_soon_threadsafe(rested.set_result, switches(thread.native_id) - before)

        threading.Thread(target=observe).start()
        assert await rested <= 1  # it may have been on its way to sleep

    run(work)


def switches(thread: int | None) -> int:
    with open(f"/proc/self/task/{thread}/status") as status:
        (line,) = (line for line in status if line.startswith("voluntary_ctxt_switches"))
    return int(line.split()[1])
