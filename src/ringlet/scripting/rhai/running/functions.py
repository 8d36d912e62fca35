"""Functions and closures of a script, ready to run."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ringlet.scripting.rhai.running.machine import Machine
    from ringlet.scripting.rhai.running.spots import Spot


class Frame:
    """One call in progress: the slots of its variables, its `this`, the run it belongs to.

    A slot holds a value or, for a variable that a closure captures, a cell: a list of one value.
    """

    __slots__ = ("machine", "this", "values")

    def __init__(self, machine: Machine, values: list[Any], this: Spot | None) -> None:
        self.machine = machine
        self.values = values
        self.this = this


Step = Callable[[Frame], object]
"""A compiled node: run it in a frame to get its value."""


class Function:
    """A compiled `fn` or closure.

    The first slots hold the parameters. `shared` are slots of parameters that closures capture,
    `captured` slots that get the cells which this closure itself captured. `fresh` says that
    the result belongs to nobody else and need not be copied. `operations` is what a call counts.
    """

    __slots__ = ("arity", "body", "captured", "fresh", "name", "operations", "shared", "size")

    body: Step

    def __init__(
        self,
        name: str,
        arity: int,
        size: int,
        shared: tuple[int, ...],
        captured: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.arity = arity
        self.size = size
        self.shared = shared
        self.captured = captured
        self.fresh = False
        self.operations = 1
