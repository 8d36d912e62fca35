"""Functions that take parts out of arrays or put others in."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import ARRAY, INT, RANGE, changes, reads
from ringlet.scripting.rhai.library.spans import part_of, span_of
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.copying import admit, copy_value
from ringlet.scripting.rhai.values.kinds import Range

Array = list[object]


@reads("extract", ARRAY, INT)
def extract_from(machine: Machine, array: Array, start: int) -> Array:
    return array[part_of(len(array), start, len(array))]


@reads("extract", ARRAY, INT, INT)
def extract(machine: Machine, array: Array, start: int, size: int) -> Array:
    return array[part_of(len(array), start, size)]


@reads("extract", ARRAY, RANGE)
def extract_range(machine: Machine, array: Array, span: Range) -> Array:
    return array[span_of(len(array), span)]


@changes("split", ARRAY, INT)
def split(machine: Machine, array: Array, start: int) -> Array:
    return _take(array, part_of(len(array), start, len(array)))


@changes("splice", ARRAY, INT, INT, ARRAY)
def splice(machine: Machine, array: Array, start: int, size: int, new: Array) -> None:
    _replace(machine, array, part_of(len(array), start, size), new)


@changes("splice", ARRAY, RANGE, ARRAY)
def splice_range(machine: Machine, array: Array, span: Range, new: Array) -> None:
    _replace(machine, array, span_of(len(array), span), new)


def _replace(machine: Machine, array: Array, part: slice, new: Array) -> None:
    copied = copy_value(new, machine)
    if isinstance(copied, list):
        array[part] = copied
    admit(array, machine)


@changes("drain", ARRAY, INT, INT)
def drain(machine: Machine, array: Array, start: int, size: int) -> Array:
    return _take(array, part_of(len(array), start, size))


@changes("drain", ARRAY, RANGE)
def drain_range(machine: Machine, array: Array, span: Range) -> Array:
    return _take(array, span_of(len(array), span))


def _take(array: Array, part: slice) -> Array:
    taken = array[part]
    del array[part]
    return taken


@changes("retain", ARRAY, INT, INT)
def retain(machine: Machine, array: Array, start: int, size: int) -> Array:
    return _keep(array, part_of(len(array), start, size))


@changes("retain", ARRAY, RANGE)
def retain_range(machine: Machine, array: Array, span: Range) -> Array:
    return _keep(array, span_of(len(array), span))


def _keep(array: Array, part: slice) -> Array:
    kept = array[part]
    rest = array[: part.start] + array[max(part.stop, part.start) :]
    array[:] = kept
    return rest
