"""Copies of values. Arrays and maps have value semantics: whoever stores one copies it."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.limits import Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.running.machine import Machine

DEEPEST = 100
"""Levels of arrays and maps inside each other."""

_COPIED_PER_OPERATION = 8
_MEASURED_PER_OPERATION = 64
_SHORT_TEXT = 256


def copy_value(value: object, machine: Machine) -> object:
    """A deep copy of an array or map; anything else as it is. Checked against the limits."""
    if type(value) is list or type(value) is dict:
        machine.charge(measure(value, machine.limits) // _COPIED_PER_OPERATION)
        return _copy(value)
    return value


def _copy(value: object) -> object:
    if type(value) is list:
        return [_copy(item) if type(item) in (list, dict) else item for item in value]
    if type(value) is dict:
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
        admit([array, item], machine)


def admit_entry(entries: dict[str, object], key: str, item: object, machine: Machine) -> None:
    """Check that a map may take one more entry, before it does."""
    if len(entries) >= machine.limits.map and key not in entries:
        raise too_large("Size of object map", machine.limits.map)
    if is_bulky(item) or len(key) > _SHORT_TEXT:
        admit([entries, item, key], machine)


def is_bulky(item: object) -> bool:
    """Whether one item alone may bring its container over a limit."""
    kind = type(item)
    return kind is list or kind is dict or (kind is str and len(item) > _SHORT_TEXT)  # type: ignore[arg-type]  # a str by the test before


def measure(value: object, limits: Limits) -> int:
    """Number of values inside a value. Raises if arrays, maps or text in it are too large."""
    meter = _Meter(limits)
    meter.add(value, 0)
    return meter.items + meter.entries


class _Meter:
    __slots__ = ("entries", "items", "limits", "text")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.items = self.entries = self.text = 0

    def add(self, value: object, depth: int) -> None:
        kind = type(value)
        if kind is list or kind is dict:
            if depth > DEEPEST:
                raise too_large("Nesting of arrays and maps", DEEPEST)
            if kind is list:
                self._add_items(value, depth)  # type: ignore[arg-type]  # its kind is list
            else:
                self._add_entries(value, depth)  # type: ignore[arg-type]  # its kind is dict
        elif kind is str:
            self._add_text(value)  # type: ignore[arg-type]  # its kind is str

    def _add_items(self, items: list[object], depth: int) -> None:
        # The outermost list may be one that the limits do not know, made for measuring.
        self.items += len(items)
        if self.items > self.limits.array:
            raise too_large("Size of array/BLOB", self.limits.array)
        for item in items:
            if type(item) in (str, list, dict):
                self.add(item, depth + 1)

    def _add_entries(self, entries: dict[str, object], depth: int) -> None:
        self.entries += len(entries)
        if self.entries > self.limits.map:
            raise too_large("Size of object map", self.limits.map)
        for key, item in entries.items():
            self.text += len(key)
            if type(item) in (str, list, dict):
                self.add(item, depth + 1)

    def _add_text(self, text: str) -> None:
        self.text += len(text)
        if self.text > self.limits.text:
            raise too_large("Length of string", self.limits.text)


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
