"""Kinds of values that plain Python has no type for, and the names of all kinds.

Unit is None, bool is bool, i64 is int, f64 is float, a string is str, an array list, a map dict.
"""

from __future__ import annotations

from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.running.functions import Function


class Char(str):
    """A single character, `'x'`: compares with strings but is a type of its own."""

    __slots__ = ()


class Range:
    """`start..end` or `start..=end`; both ends are integers."""

    __slots__ = ("end", "inclusive", "start")

    def __init__(self, start: int, end: int, inclusive: bool) -> None:
        self.start = start
        self.end = end
        self.inclusive = inclusive

    @property
    def stop(self) -> int:
        """The first integer behind the range."""
        return self.end + 1 if self.inclusive else self.end

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))

    def __eq__(self, other: object) -> bool:
        return type(other) is Range and self.as_tuple() == other.as_tuple()

    def __hash__(self) -> int:
        return hash(self.as_tuple())

    def as_tuple(self) -> tuple[int, int, bool]:
        """Start, end, inclusive."""
        return self.start, self.end, self.inclusive


class FloatSteps:
    """What `range(a, b, step)` gives for floats: `a`, `a + step`, … before `b`."""

    __slots__ = ("start", "step", "stop")

    def __init__(self, start: float, stop: float, step: float) -> None:
        self.start = start
        self.stop = stop
        self.step = step

    def __iter__(self) -> Iterator[float]:
        value = self.start
        while value < self.stop if self.step > 0 else value > self.stop:
            yield value
            value += self.step


class FnPtr:
    """A function as a value: by name, or a closure with the variables it captured.

    `arguments` were fixed by `curry` and come first in every call.
    """

    __slots__ = ("arguments", "captured", "closure", "name")

    def __init__(
        self,
        name: str,
        arguments: tuple[object, ...] = (),
        closure: Function | None = None,
        captured: tuple[list[object], ...] = (),
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.closure = closure
        self.captured = captured

    def curry(self, arguments: list[object]) -> FnPtr:
        """The same function with more arguments fixed."""
        fixed = (*self.arguments, *arguments)
        return FnPtr(self.name, fixed, self.closure, self.captured)


_NAMES: dict[type, str] = {
    type(None): "()",
    bool: "bool",
    int: "i64",
    float: "f64",
    Char: "char",
    str: "string",
    list: "array",
    dict: "map",
    FnPtr: "Fn",
    range: "range",
    FloatSteps: "range",
}


def type_name(value: object) -> str:
    """The name that `type_of` gives and that error messages use."""
    if type(value) is Range:
        return "range=" if value.inclusive else "range"
    return _NAMES[type(value)]


def type_names(values: list[object]) -> str:
    """Types of arguments as in `f (i64, map)`."""
    return ", ".join(map(type_name, values))
