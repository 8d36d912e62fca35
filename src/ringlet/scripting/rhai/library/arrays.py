"""Functions on arrays that need no function from the script."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import ANY, ARRAY, INT, changes, getter, reads
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.operators import contains as holds
from ringlet.scripting.rhai.running.operators import extend
from ringlet.scripting.rhai.values.copying import (
    admit,
    admit_item,
    copy_value,
    is_bulky,
    too_large,
)

Array = list[object]


@getter("len", ARRAY)
def length(machine: Machine, array: Array) -> int:
    return len(array)


@getter("is_empty", ARRAY)
def is_empty(machine: Machine, array: Array) -> bool:
    return not array


@reads("contains", ARRAY, ANY)
def contains(machine: Machine, array: Array, item: object) -> bool:
    return holds(machine, array, item)


@reads("get", ARRAY, INT, linear=False)
def get(machine: Machine, array: Array, index: int) -> object:
    return array[index] if -len(array) <= index < len(array) else None


@changes("set", ARRAY, INT, ANY, linear=False)
def set_item(machine: Machine, array: Array, index: int, item: object) -> None:
    if -len(array) <= index < len(array):
        item = copy_value(item, machine)
        if is_bulky(item):
            index %= len(array)
            admit([*array[:index], item, *array[index + 1 :]], machine)
        array[index] = item


@changes("push", ARRAY, ANY, linear=False)
def push(machine: Machine, array: Array, item: object) -> None:
    item = copy_value(item, machine)
    admit_item(array, item, machine)
    array.append(item)


@changes("insert", ARRAY, INT, ANY)
def insert(machine: Machine, array: Array, index: int, item: object) -> None:
    item = copy_value(item, machine)
    admit_item(array, item, machine)
    array.insert(index, item)


@changes("append", ARRAY, ARRAY)
def append(machine: Machine, array: Array, more: Array) -> None:
    extend(machine, array, more)


@changes("pop", ARRAY, linear=False)
def pop(machine: Machine, array: Array) -> object:
    return array.pop() if array else None


@changes("shift", ARRAY)
def shift(machine: Machine, array: Array) -> object:
    return array.pop(0) if array else None


@changes("remove", ARRAY, INT)
def remove(machine: Machine, array: Array, index: int) -> object:
    return array.pop(index) if -len(array) <= index < len(array) else None


@changes("clear", ARRAY)
def clear(machine: Machine, array: Array) -> None:
    array.clear()


@changes("reverse", ARRAY)
def reverse(machine: Machine, array: Array) -> None:
    array.reverse()


@changes("truncate", ARRAY, INT)
def truncate(machine: Machine, array: Array, size: int) -> None:
    del array[max(size, 0) :]


@changes("chop", ARRAY, INT)
def chop(machine: Machine, array: Array, size: int) -> None:
    del array[: max(len(array) - max(size, 0), 0)]


@changes("pad", ARRAY, INT, ANY)
def pad(machine: Machine, array: Array, size: int, item: object) -> None:
    missing = size - len(array)
    if missing <= 0:
        return
    if size > machine.limits.array:
        raise too_large("Size of array/BLOB", machine.limits.array)
    machine.charge(missing >> 3)
    if is_bulky(item):
        admit([*array, *([item] * missing)], machine)
    array.extend(copy_value(item, machine) for _ in range(missing))
