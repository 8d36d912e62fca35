"""Sorting: `sort…` in place, `order…` as a new array."""

from __future__ import annotations

from functools import cmp_to_key

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.library.registry import ARRAY, CALLBACK, changes, reads
from ringlet.scripting.rhai.running.faults import mismatch
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.kinds import Char, FnPtr, type_name

Array = list[object]
Asked = FnPtr | str

_ORDERED = (int, float, str, Char, bool)


@reads("order", ARRAY)
def order(machine: Machine, array: Array) -> Array:
    kinds = {type(item) for item in array}
    if len(kinds) > 1 or not kinds.issubset(_ORDERED):
        names = ", ".join(sorted({type_name(item) for item in array}))
        message = f"Only items of one type that has an order can be sorted, not {names}"
        raise RunError("ErrorRuntime", message, payload=message)
    return sorted(array)  # type: ignore[type-var]  # all are of one ordered type


@reads("order_desc", ARRAY)
def order_descending(machine: Machine, array: Array) -> Array:
    return order(machine, array)[::-1]


@reads("order_by", ARRAY, CALLBACK)
@reads("order", ARRAY, CALLBACK)
def order_by(machine: Machine, array: Array, asked: Asked) -> Array:
    pointer = FnPtr(asked) if isinstance(asked, str) else asked
    at = machine.at

    def compare(left: object, right: object) -> int:
        answer = machine.call_pointer(pointer, [left, right], None, at)
        if type(answer) is bool:
            return -1 if answer else 0
        if type(answer) is int:
            return answer
        raise mismatch(answer, "i64")

    return sorted(array, key=cmp_to_key(compare))


@changes("sort", ARRAY)
def sort(machine: Machine, array: Array) -> None:
    array[:] = order(machine, array)


@changes("sort_desc", ARRAY)
def sort_descending(machine: Machine, array: Array) -> None:
    array[:] = order_descending(machine, array)


@changes("sort_by", ARRAY, CALLBACK)
@changes("sort", ARRAY, CALLBACK)
def sort_by(machine: Machine, array: Array, asked: Asked) -> None:
    array[:] = order_by(machine, array, asked)
