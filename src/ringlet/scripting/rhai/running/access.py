"""Properties and indexes: reading them, and the places they lead to."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.library.registry import find_getter
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.spots import EntrySpot, GetterSpot, ItemSpot, Spot, TextSpot
from ringlet.scripting.rhai.values.kinds import Char, Range, type_name


def read_property(machine: Machine, value: object, name: str) -> object:
    """`value.name`; a key that a map lacks is unit."""
    if isinstance(value, dict):
        return value.get(name)
    getter = find_getter(type(value), name)
    if getter is None and name == "tag":
        raise faults.unsupported("The tag of a value")
    if getter is None:
        kind = type_name(value)
        message = f"Unknown property '{name}' - a getter is not registered for type '{kind}'"
        raise RunError("ErrorDotExpr", message, property=name)
    return getter(machine, value)


def find_property(machine: Machine, spot: Spot, name: str) -> Spot:
    """The place that `spot.name` means."""
    if isinstance(spot.value, dict):
        return EntrySpot(machine, spot.value, name, spot.constant)
    return GetterSpot(read_property(machine, spot.value, name), spot.constant, spot.value, name)


def find_index(machine: Machine, spot: Spot, key: object) -> Spot:
    """The place that `spot[key]` means."""
    value = spot.value
    if isinstance(value, list):
        return ItemSpot(machine, value, array_index(value, key), spot.constant)
    if isinstance(value, dict):
        return EntrySpot(machine, value, map_key(key), spot.constant)
    if type(value) is str:
        start, stop, kind = text_span(value, key)
        return TextSpot(machine, spot, start, stop, kind)
    raise _no_index(value)


def _no_index(value: object) -> RunError:
    if type(value) is int:
        return faults.unsupported("A bit of an integer ('x[n]')")
    message = f"Indexer is not registered for type '{type_name(value)}'"
    return RunError("ErrorIndexingType", message)


def array_index(array: list[object], key: object) -> int:
    """The offset that an index means; negative ones count from the end."""
    if type(key) is not int:
        raise faults.mismatch(key, "i64")
    if -len(array) <= key < len(array):
        return key % len(array)
    raise faults.out_of_bounds(len(array), key)


def map_key(key: object) -> str:
    """The key that an index into a map means."""
    if type(key) is str:
        return key
    raise faults.mismatch(key, "string")


def text_span(text: str, key: object) -> tuple[int, int, type]:
    """Start and stop of the part of a string that an index or range means, and its type."""
    if isinstance(key, Range):
        start, stop = clip(text, key)
        return start, stop, str
    if type(key) is not int:
        raise faults.mismatch(key, "i64")
    if -len(text) <= key < len(text):
        start = key % len(text)
        return start, start + 1, Char
    raise faults.out_of_text(len(text), key)


def clip(text: str, span: Range) -> tuple[int, int]:
    """Offsets of the part of a string that a range means; negative bounds count from its end.

    An inclusive range that starts where it ends is empty, odd as it is: the language says so.
    """
    length = len(text)
    start, end = span.start, span.end
    if start < 0:
        start += length
        if start < 0:
            raise faults.out_of_text(length, span.start)
    if end < 0:
        end = max(length + end, 0)
    if start == 0 and end >= length - 1 and span.inclusive:
        return 0, length
    start = min(start, length)
    if end <= start:
        return start, start
    return start, min(end + span.inclusive, length)
