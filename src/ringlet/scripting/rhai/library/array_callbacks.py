"""Functions on arrays that call a function of the script for each item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringlet.scripting.rhai.library.callbacks import callback, predicate
from ringlet.scripting.rhai.library.registry import ANY, ARRAY, CALLBACK, INT, changes, reads
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.spots import ItemSpot, Spot
from ringlet.scripting.rhai.values.comparison import equals
from ringlet.scripting.rhai.values.kinds import FnPtr

Array = list[object]
Asked = FnPtr | str


def _start_of(array: Array, start: int) -> int:
    return max(len(array) + start, 0) if start < 0 else start


def _matches(
    machine: Machine, array: Array, asked: Asked, start: int = 0
) -> Iterator[tuple[int, bool]]:
    """For each item from `start` its index and whether the function says yes to it."""
    decide = predicate(machine, asked)
    items = list(array)
    for index in range(_start_of(array, start), len(items)):
        yield index, decide(Spot(items[index]), [], [index])


@reads("map", ARRAY, CALLBACK)
def map_items(machine: Machine, array: Array, function: Asked) -> Array:
    call = callback(machine, function, 0)
    return [call(Spot(item), [], [index]) for index, item in enumerate(list(array))]


@reads("filter", ARRAY, CALLBACK)
def filter_items(machine: Machine, array: Array, asked: Asked) -> Array:
    items = list(array)
    return [items[index] for index, wanted in _matches(machine, items, asked) if wanted]


@changes("for_each", ARRAY, CALLBACK)
def for_each(machine: Machine, array: Array, function: Asked) -> None:
    call = callback(machine, function, None)
    for index in range(len(array)):
        if index < len(array):
            call(ItemSpot(machine, array, index), [], [index])


@reads("some", ARRAY, CALLBACK)
def some(machine: Machine, array: Array, asked: Asked) -> bool:
    return any(answer for _, answer in _matches(machine, array, asked))


@reads("all", ARRAY, CALLBACK)
def every(machine: Machine, array: Array, asked: Asked) -> bool:
    return all(answer for _, answer in _matches(machine, array, asked))


@reads("find", ARRAY, CALLBACK)
def find(machine: Machine, array: Array, asked: Asked) -> object:
    return find_from(machine, array, asked, 0)


@reads("find", ARRAY, CALLBACK, INT)
def find_from(machine: Machine, array: Array, asked: Asked, start: int) -> object:
    items = list(array)
    matches = _matches(machine, items, asked, start)
    return next((items[index] for index, wanted in matches if wanted), None)


@reads("find_map", ARRAY, CALLBACK)
def find_map(machine: Machine, array: Array, function: Asked) -> object:
    return find_map_from(machine, array, function, 0)


@reads("find_map", ARRAY, CALLBACK, INT)
def find_map_from(machine: Machine, array: Array, function: Asked, start: int) -> object:
    call = callback(machine, function, 0)
    items = list(array)
    results = (
        call(Spot(items[index]), [], [index])
        for index in range(_start_of(array, start), len(items))
    )
    return next((result for result in results if result is not None), None)


@reads("index_of", ARRAY, ANY)
def index_of(machine: Machine, array: Array, wanted: object) -> int:
    return index_of_from(machine, array, wanted, 0)


@reads("index_of", ARRAY, ANY, INT)
def index_of_from(machine: Machine, array: Array, wanted: object, start: int) -> int:
    """A string is the name of a function if there is one, and an item to look for if not."""
    if isinstance(wanted, FnPtr) or (type(wanted) is str and _names_function(machine, wanted)):
        matches: Iterable[tuple[int, bool]] = _matches(machine, array, wanted, start)
    else:
        begin = _start_of(array, start)
        matches = ((index, equals(array[index], wanted)) for index in range(begin, len(array)))
    return next((index for index, found in matches if found), -1)


def _names_function(machine: Machine, name: str) -> bool:
    return any(name == known for known, _ in machine.functions)


@reads("reduce", ARRAY, CALLBACK)
def reduce(machine: Machine, array: Array, function: Asked) -> object:
    return _fold(machine, enumerate(list(array)), function, None)


@reads("reduce", ARRAY, CALLBACK, ANY)
def reduce_from(machine: Machine, array: Array, function: Asked, initial: object) -> object:
    return _fold(machine, enumerate(list(array)), function, _initial(machine, initial))


@reads("reduce_rev", ARRAY, CALLBACK)
def reduce_reversed(machine: Machine, array: Array, function: Asked) -> object:
    return _fold(machine, reversed(list(enumerate(array))), function, None)


@reads("reduce_rev", ARRAY, CALLBACK, ANY)
def reduce_reversed_from(
    machine: Machine, array: Array, function: Asked, initial: object
) -> object:
    items = reversed(list(enumerate(array)))
    return _fold(machine, items, function, _initial(machine, initial))


def _initial(machine: Machine, initial: object) -> object:
    """The first result of a fold may be computed by a function."""
    if isinstance(initial, FnPtr):
        return machine.call_pointer(initial, [], None, machine.at)
    return initial


def _fold(
    machine: Machine, items: Iterable[tuple[int, object]], function: Asked, result: object
) -> object:
    call = callback(machine, function, 1)
    for index, item in items:
        result = call(Spot(item), [result], [index])
    return result


@changes("drain", ARRAY, CALLBACK)
def drain(machine: Machine, array: Array, asked: Asked) -> Array:
    return _divide(machine, array, asked, drained=True)


@changes("retain", ARRAY, CALLBACK)
def retain(machine: Machine, array: Array, asked: Asked) -> Array:
    return _divide(machine, array, asked, drained=False)


def _divide(machine: Machine, array: Array, asked: Asked, *, drained: bool) -> Array:
    """Take out of the array the items for which the answer is `drained`."""
    items = list(array)
    answers = [answer for _, answer in _matches(machine, items, asked)]
    array[:] = [item for item, answer in zip(items, answers, strict=True) if answer != drained]
    return [item for item, answer in zip(items, answers, strict=True) if answer == drained]


@changes("dedup", ARRAY)
def dedup(machine: Machine, array: Array) -> None:
    kept: Array = []
    for item in array:
        if not kept or not equals(kept[-1], item):
            kept.append(item)
    array[:] = kept


@changes("dedup", ARRAY, CALLBACK)
def dedup_by(machine: Machine, array: Array, asked: Asked) -> None:
    same = predicate(machine, asked, None)
    kept: Array = []
    for item in list(array):
        if not kept or not same(Spot(None), [kept[-1], item], []):
            kept.append(item)
    array[:] = kept


@reads("zip", ARRAY, ARRAY, CALLBACK)
def zip_with(machine: Machine, array: Array, other: Array, function: Asked) -> Array:
    call = callback(machine, function, 0)
    pairs = list(zip(array, other, strict=False))
    return [call(Spot(left), [right], [index]) for index, (left, right) in enumerate(pairs)]
