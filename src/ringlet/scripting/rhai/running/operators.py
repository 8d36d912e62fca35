"""Operators: what they do with values of each type."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.arithmetic import FLOATS, INTEGERS, negate
from ringlet.scripting.rhai.values.comparison import ORDERS, compare, equals, is_number
from ringlet.scripting.rhai.values.copying import (
    admit,
    admit_item,
    check_text,
    copy_value,
    measure,
)
from ringlet.scripting.rhai.values.display import display
from ringlet.scripting.rhai.values.kinds import Char, FnPtr, Range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.running.machine import Machine

Operate = Callable[["Machine", object, object], object]


ON_INTEGERS: dict[str, Callable[[int, int], object]] = {
    **INTEGERS,
    **ORDERS,
    "==": int.__eq__,
    "!=": int.__ne__,
}
"""The short way for the most frequent operands."""


def operator(sign: str) -> Operate:
    """The function behind a binary operator."""
    if sign in ("==", "!="):
        return _equality(sign)
    if sign in ("<", "<=", ">", ">="):
        return _ordering(sign)
    if sign in ("..", "..="):
        return _range(sign)
    if sign in ("in", "!in"):
        return _membership(sign)
    return _calculation(sign)


def _calculation(sign: str) -> Operate:
    """Numbers by the tables of arithmetic; all else by type."""
    on_integers = INTEGERS[sign]
    on_floats = FLOATS.get(sign)
    others = _OTHERS.get(sign, _refuse)

    def calculate(machine: Machine, left: object, right: object) -> object:
        if type(left) is int and type(right) is int:
            return on_integers(left, right)
        if on_floats and is_number(left) and is_number(right):
            return on_floats(float(left), float(right))
        result = others(machine, left, right)
        if result is NotImplemented:
            raise faults.function_not_found(sign, (left, right))
        return result

    return calculate


def _refuse(machine: Machine, left: object, right: object) -> object:
    return NotImplemented


def _add(machine: Machine, left: object, right: object) -> object:
    if type(left) is str or type(right) is str or (type(left) is Char and type(right) is Char):
        text = display(left, machine) + display(right, machine)
        check_text(text, machine.limits)
        machine.charge_text(text)
        return text
    if isinstance(left, list) and isinstance(right, list):
        return extend(machine, _copies(machine, left), right)
    if isinstance(left, dict) and isinstance(right, dict):
        return merge(machine, merge(machine, {}, left), right)
    return NotImplemented


def extend(machine: Machine, array: list[object], more: list[object]) -> list[object]:
    """Append copies of the elements of one array to another, in place."""
    if len(array) + len(more) > machine.limits.array:
        admit([*array, *more], machine)
    array.extend(_copies(machine, more))
    admit(array, machine)
    return array


def _copies(machine: Machine, array: list[object]) -> list[object]:
    copied = copy_value(array, machine)
    return copied if isinstance(copied, list) else []


def merge(
    machine: Machine, entries: dict[str, object], more: dict[str, object]
) -> dict[str, object]:
    """Put copies of the entries of one map into another, in place."""
    copied = copy_value(more, machine)
    if isinstance(copied, dict):
        entries.update(copied)
    admit(entries, machine)
    return entries


def _remove(machine: Machine, left: object, right: object) -> object:
    if type(left) is str and isinstance(right, str):
        machine.charge_text(left)
        return left.replace(right, "") if right else left
    return NotImplemented


def _both(machine: Machine, left: object, right: object) -> object:
    return left & right if type(left) is bool and type(right) is bool else NotImplemented


def _either(machine: Machine, left: object, right: object) -> object:
    return left | right if type(left) is bool and type(right) is bool else NotImplemented


def _one(machine: Machine, left: object, right: object) -> object:
    return left ^ right if type(left) is bool and type(right) is bool else NotImplemented


_OTHERS: dict[str, Operate] = {"+": _add, "-": _remove, "&": _both, "|": _either, "^": _one}


def _equality(sign: str) -> Operate:
    wanted = sign == "=="

    def equal(machine: Machine, left: object, right: object) -> object:
        if type(left) is int and type(right) is int:
            return (left == right) is wanted
        if isinstance(left, str):
            machine.charge(len(left) >> 12)
        elif isinstance(left, (list, dict)):
            machine.charge(measure(left, machine.limits) >> 3)
        elif isinstance(left, FnPtr) and isinstance(right, FnPtr):
            raise faults.function_not_found(sign, (left, right))
        return equals(left, right) is wanted

    return equal


def _ordering(sign: str) -> Operate:
    def order(machine: Machine, left: object, right: object) -> object:
        if type(left) is str:
            machine.charge(len(left) >> 12)
        result = compare(sign, left, right)
        if result is None:
            raise faults.function_not_found(sign, (left, right))
        return result

    return order


def _range(sign: str) -> Operate:
    inclusive = sign == "..="

    def span(machine: Machine, left: object, right: object) -> object:
        if type(left) is int and type(right) is int:
            return Range(left, right, inclusive)
        raise faults.function_not_found(sign, (left, right))

    return span


def _membership(sign: str) -> Operate:
    wanted = sign == "in"

    def contained(machine: Machine, item: object, container: object) -> object:
        return contains(machine, container, item) is wanted

    return contained


def contains(machine: Machine, container: object, item: object) -> bool:
    """Whether a string, array, map or range holds an item."""
    if isinstance(container, list):
        machine.charge(len(container) >> 3)
        return any(equals(element, item) for element in container)
    if isinstance(container, dict) and isinstance(item, str):
        return item in container
    if type(container) is str and isinstance(item, str):
        machine.charge(len(container) >> 10)
        return item in container
    if isinstance(container, Range) and type(item) is int:
        return container.start <= item < container.stop
    raise faults.function_not_found("contains", (container, item))


def assign_operator(sign: str) -> Operate:
    """The function behind `+=` and the like: arrays and maps grow in place."""
    operate = operator(sign)
    if sign != "+":
        return operate

    def grow(machine: Machine, left: object, right: object) -> object:
        if isinstance(left, list):
            if isinstance(right, list):
                return extend(machine, left, right)
            item = copy_value(right, machine)
            admit_item(left, item, machine)
            left.append(item)
            return left
        if isinstance(left, dict) and isinstance(right, dict):
            return merge(machine, left, right)
        return operate(machine, left, right)

    return grow


def minus(value: object) -> object:
    """`-x`"""
    if type(value) is int:
        return negate(value)
    if type(value) is float:
        return -value
    raise faults.function_not_found("-", (value,))


def plus(value: object) -> object:
    """`+x`"""
    if type(value) is int or type(value) is float:
        return value
    raise faults.function_not_found("+", (value,))


def invert(value: object) -> object:
    """`!x`"""
    if type(value) is bool:
        return not value
    raise faults.function_not_found("!", (value,))


UNARY: dict[str, Callable[[object], object]] = {"-": minus, "+": plus, "!": invert}
