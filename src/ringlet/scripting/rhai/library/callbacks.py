"""Calls of the functions that scripts pass to built-ins such as `map` and `filter`."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.running.faults import function_not_found, mismatch
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.spots import Spot
from ringlet.scripting.rhai.values.kinds import FnPtr

Callback = Callable[[Spot, list[object], list[object]], object]


def callback(machine: Machine, function: FnPtr | str, position: int | None) -> Callback:
    """How to call a function for an item: with the item's place, arguments, optional extras.

    The function decides by its number of parameters what it gets: the arguments alone with the
    item as `this`; the item among the arguments, at `position`; the extras, too; or the extras
    with the item as `this`.
    """
    pointer = FnPtr(function) if isinstance(function, str) else function
    at = machine.at

    def call(item: Spot, arguments: list[object], extras: list[object]) -> object:
        ways: list[tuple[list[object], Spot | None]] = [(arguments, item)]
        if position is not None:
            moved = [*arguments[:position], item.value, *arguments[position:]]
            ways += [(moved, None), ([*moved, *extras], None)]
        ways.append(([*arguments, *extras], item))
        for given, this in ways:
            if machine.accepts(pointer, given, this):
                return machine.call_pointer(pointer, given, this, at)
        raise function_not_found(pointer.name, [item.value, *arguments, *extras], at)

    return call


def predicate(
    machine: Machine, function: FnPtr | str, position: int | None = 0
) -> Callable[[Spot, list[object], list[object]], bool]:
    """A callback whose answer is true or false."""
    call = callback(machine, function, position)

    def decide(item: Spot, arguments: list[object], extras: list[object]) -> bool:
        answer = call(item, arguments, extras)
        if type(answer) is bool:
            return answer
        raise mismatch(answer, "bool")

    return decide
