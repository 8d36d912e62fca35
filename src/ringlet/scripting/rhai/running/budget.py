"""What a run has used so far: operations, and now and then a look at the clock.

Counting is cheap and always the same. Every piece of data that a script makes costs operations by
its size, half a KiB each, so that the limit of operations bounds its memory, too. The clock is a
net below: no script that keeps the count meets it.
"""

from __future__ import annotations

import time

from ringlet.scripting.rhai.errors import RunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.limits import Limits

BYTES_SHIFT = 9
"""`size >> BYTES_SHIFT` are the operations that new data of so many bytes costs."""

_BETWEEN_LOOKS = 1024


class Budget:
    """The operations and the time of one run.

    `used` are seconds of processor time that compiling the script took.
    """

    __slots__ = ("_began", "_limits", "_next_look", "operations")

    def __init__(self, limits: Limits, used: float) -> None:
        self._limits = limits
        self._began = time.thread_time() - used
        self._next_look = min(_BETWEEN_LOOKS, limits.operations)
        self.operations = 0

    def charge(self, operations: int = 1) -> None:
        """Count work; too much of it ends the script."""
        self.operations += operations
        if self.operations > self._next_look:
            self._look()

    def _look(self) -> None:
        limits = self._limits
        if self.operations > limits.operations:
            raise _exhausted(f"Too many operations: more than {limits.operations}")
        if time.thread_time() - self._began > limits.seconds:
            raise _exhausted(f"Too much work: more than {limits.seconds:g} s of processor time")
        self._next_look = min(self.operations + _BETWEEN_LOOKS, limits.operations)


def _exhausted(message: str) -> RunError:
    return RunError("ErrorTooManyOperations", message, catchable=False)
