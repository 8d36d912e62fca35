"""Properties and indexes: reading them, and the places they lead to."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.library.registry import PROPERTIES
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.spots import EntrySpot, GetterSpot, ItemSpot, Spot, TextSpot
from ringlet.scripting.rhai.values.kinds import Char, Range, type_name


def read_property(value: object, name: str) -> object:
    """`value.name`; a key that a map lacks is unit."""
    if isinstance(value, dict):
        return value.get(name)
    getter = PROPERTIES.get((type(value), name))
    if getter is None:
        kind = type_name(value)
        message = f"Unknown property '{name}' - a getter is not registered for type '{kind}'"
        raise RunError("ErrorDotExpr", message, property=name)
    return getter(value)


def find_property(machine: Machine, spot: Spot, name: str) -> Spot:
    """The place that `spot.name` means."""
    if isinstance(spot.value, dict):
        return EntrySpot(machine, spot.value, name, spot.constant)
    return GetterSpot(read_property(spot.value, name), spot.constant, spot.value, name)


def read_index(value: object, key: object) -> object:
    """`value[key]` for reading only."""
    if isinstance(value, list):
        return value[array_index(value, key)]
    if isinstance(value, dict):
        return value.get(map_key(key))
    if type(value) is str:
        start, stop, kind = text_span(value, key)
        part = value[start:stop]
        return Char(part) if kind is Char else part
    raise _no_index(value)


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
        return RunError(
            "Unsupported", "Bits of an integer ('x[n]') are not available in configuration scripts"
        )
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
        start, stop = clip(len(text), key)
        return start, stop, str
    if type(key) is not int:
        raise faults.mismatch(key, "i64")
    if -len(text) <= key < len(text):
        start = key % len(text)
        return start, start + 1, Char
    raise faults.out_of_text(len(text), key)


def clip(length: int, span: Range) -> tuple[int, int]:
    """Offsets of a range inside something of a length; negative ends count from its end."""
    start = _from_end(length, span.start)
    stop = _from_end(length, span.end)
    if span.inclusive:
        stop += 1
    start = min(max(start, 0), length)
    return start, min(max(stop, start), length)


def _from_end(length: int, offset: int) -> int:
    return offset if offset >= 0 else max(length + offset, 0)
