"""Copies of values. Arrays and maps have value semantics: whoever stores one copies it."""

from __future__ import annotations

from collections.abc import Iterable

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.limits import Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.running.machine import Machine

DEEPEST = 100
"""Levels of arrays and maps inside each other."""

_COPIED_PER_OPERATION = 8
_MEASURED_PER_OPERATION = 16
_CONTAINER_COST = 4
_TEXT_PER_ELEMENT = 256
_SHORT_TEXT = 256
_SIZED = (str, list, dict)


def copy_value(value: object, machine: Machine) -> object:
    """A deep copy of an array or map; anything else as it is. Checked against the limits."""
    if type(value) is list or type(value) is dict:
        machine.charge(measure(value, machine.limits) // _COPIED_PER_OPERATION)
        return _copy(value)
    return value


def _copy(value: object) -> object:
    if isinstance(value, list):
        return [_copy(item) if type(item) in (list, dict) else item for item in value]
    if isinstance(value, dict):
        return {
            key: _copy(item) if type(item) in (list, dict) else item for key, item in value.items()
        }
    return value


def admit(container: object, machine: Machine) -> None:
    """Check an array or map that has just grown, nested values included."""
    machine.charge(measure(container, machine.limits) // _MEASURED_PER_OPERATION)


def admit_item(array: list[object], item: object, machine: Machine) -> None:
    """Check that an array may take one more item, before it does."""
    if len(array) >= machine.limits.array:
        raise too_large("Size of array/BLOB", machine.limits.array)
    if is_bulky(item):
        admit([*array, item], machine)


def admit_entry(entries: dict[str, object], key: str, item: object, machine: Machine) -> None:
    """Check that a map may take one more entry, before it does."""
    if len(entries) >= machine.limits.map and key not in entries:
        raise too_large("Size of object map", machine.limits.map)
    if is_bulky(item) or is_bulky(key):
        admit({**entries, key: item}, machine)


def is_bulky(item: object) -> bool:
    """Whether one item alone may bring its container over a limit."""
    if isinstance(item, str):
        return len(item) > _SHORT_TEXT
    return isinstance(item, (list, dict))


def measure(value: object, limits: Limits, text_per_element: int = _TEXT_PER_ELEMENT) -> int:
    """The work of a walk through a value, in elements. Raises if the value is too large."""
    meter = _Meter(limits)
    meter.add(value, 0)
    elements = meter.items + meter.entries + meter.containers * _CONTAINER_COST
    return elements + meter.text // text_per_element


class _Meter:
    __slots__ = ("containers", "entries", "items", "limits", "text")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.items = self.entries = self.text = self.containers = 0

    def add(self, value: object, depth: int) -> None:
        if isinstance(value, str):
            self.text += len(value)
        elif isinstance(value, list):
            self.items += len(value)
            self._add_all(value, depth)
        elif isinstance(value, dict):
            self.entries += len(value)
            self.text += sum(map(len, value))
            self._add_all(value.values(), depth)
        if self.text > self.limits.text:
            raise too_large("Length of string", self.limits.text)

    def _add_all(self, values: Iterable[object], depth: int) -> None:
        self.containers += 1
        if depth > DEEPEST:
            raise too_large("Nesting of arrays and maps", DEEPEST)
        if self.items > self.limits.array:
            raise too_large("Size of array/BLOB", self.limits.array)
        if self.entries > self.limits.map:
            raise too_large("Size of object map", self.limits.map)
        for value in values:
            if type(value) in _SIZED:
                self.add(value, depth + 1)


def check_text(text: str, limits: Limits) -> None:
    """Refuse a string of too many bytes."""
    length = len(text)
    if length * 4 <= limits.text:
        return
    if length > limits.text or byte_length(text) > limits.text:
        raise too_large("Length of string", limits.text)


def byte_length(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def too_large(what: str, limit: int) -> RunError:
    """The error for data over a limit."""
    message = f"{what} too large: more than {limit}"
    return RunError("ErrorDataTooLarge", message, catchable=False)
