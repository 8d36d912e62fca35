"""How much a script may use before it is stopped."""

from __future__ import annotations


class Limits:
    """Bounds of one run. Reaching one ends the script; `try` cannot catch it.

    `operations` counts statements by their length, loop turns, calls and the size of data; `text`
    is in bytes; `array` and `map` are elements, nested ones included; `calls` is the depth of
    calls. `seconds` of processor time, those for compiling included, are a net below that: the
    longest that so many operations take is a tenth of it, so that no script meets it.
    """

    __slots__ = ("array", "calls", "map", "operations", "seconds", "text")

    operations: int
    text: int
    array: int
    map: int
    calls: int
    seconds: float

    def __init__(
        self,
        *,
        operations: int = 100_000,
        text: int = 1 << 20,
        array: int = 10_000,
        map: int = 10_000,
        calls: int = 64,
        seconds: float = 5.0,
    ) -> None:
        self.operations = operations
        self.text = text
        self.array = array
        self.map = map
        self.calls = calls
        self.seconds = seconds
