"""Notice that the event loop stands still, and write down where.

The loop tells when a turn begins and when it waits again, which costs an assignment. A thread looks
at that from time to time, but only while there are turns: it sleeps as soon as it finds the loop
waiting, so that an idle daemon is never woken.
"""

from __future__ import annotations

import logging
import selectors
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Final

_log = logging.getLogger(__name__)
_LOOKS: Final = 4  # for each time that a turn may take
_MOST_FRAMES: Final = 30
_MOST_THREADS: Final = 12


class WatchedSelector(selectors.DefaultSelector):
    """What the loop waits with; `turn` counts its turns and is 0 while it waits."""

    turn = 0
    _count = 0
    _called: Callable[[], None] | None = None

    def call_at_next_turn(self, function: Callable[[], None]) -> None:
        """Have the next turn call a function, once, before anything else."""
        self._called = function

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.turn = 0
        found = super().select(timeout)
        self._count += 1
        self.turn = self._count
        if self._called is not None:
            called, self._called = self._called, None
            called()
        return found


class Watchdog:
    """Tells of turns that take longer than `seconds`; make it in the loop's own thread.

    Each such turn is logged once, with what all threads are doing. `problem` is for people.
    """

    def __init__(self, selector: WatchedSelector, *, seconds: float) -> None:
        self.problem = ""
        self._selector = selector
        self._seconds = seconds
        self._loop_thread = threading.get_ident()
        self._awake = threading.Event()
        self._over = threading.Event()
        self._times = 0
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def close(self) -> None:
        """Stop looking."""
        self._over.set()
        self._awake.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            if self._selector.turn:
                self._look_at(self._selector.turn)
            else:
                self._selector.call_at_next_turn(self._awake.set)
                self._awake.wait()
                self._awake.clear()

    def _look_at(self, turn: int) -> None:
        """Wait until another turn has begun, or none goes on."""
        pause = self._seconds / _LOOKS
        stood = 0.0
        told = False
        while True:
            began = time.monotonic()
            self._over.wait(pause)
            if self._over.is_set() or self._selector.turn != turn:
                return
            # Where this thread, too, got no time, the whole process was stopped.
            stood += pause if time.monotonic() - began < 2 * pause else 0.0
            if stood >= self._seconds and not told:
                told = True
                self._tell()

    def _tell(self) -> None:
        self._times += 1
        now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        often = f"{self._times} times, the last one" if self._times > 1 else "once,"
        self.problem = (
            f"The daemon answered nobody for more than {self._seconds:g} s {often} at {now}; "
            "its log says what it was doing"
        )
        _log.error(
            "the event loop stands still for %g s now. It is here:\n%s",
            self._seconds,
            "\n".join(self._stacks()),
        )

    def _stacks(self) -> list[str]:
        frames = sys._current_frames()
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        own = threading.get_ident()
        others = [ident for ident in frames if ident not in (own, self._loop_thread)]
        shown = [self._loop_thread, *others[:_MOST_THREADS]]
        return [
            f"Thread {names.get(ident, ident)}:\n"
            + "".join(traceback.format_stack(frames[ident])[-_MOST_FRAMES:])
            for ident in shown
            if ident in frames
        ]
