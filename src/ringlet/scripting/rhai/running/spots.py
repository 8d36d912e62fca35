"""Places that hold a value and can be written to: variables, elements, parts of strings."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.values.copying import admit, admit_entry, check_text, is_bulky
from ringlet.scripting.rhai.values.kinds import Char, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.running.machine import Machine


class Spot:
    """A place with its current value. This one is temporary: nobody sees what is written.

    `constant` is the name of the constant that the place is part of, if any.
    """

    __slots__ = ("constant", "value")

    def __init__(self, value: object, constant: str = "") -> None:
        self.value = value
        self.constant = constant

    def write(self, value: object) -> None:
        """Put another value into the place."""
        self.value = value

    def require_variable(self) -> None:
        """Refuse to write into a constant."""
        if self.constant:
            message = f"Cannot modify constant {self.constant}"
            raise RunError("ErrorAssignmentToConstant", message, variable=self.constant)


class GetterSpot(Spot):
    """A property that can only be read, like the length of a string."""

    __slots__ = ("message",)

    def __init__(self, value: object, constant: str, owner: object, name: str) -> None:
        super().__init__(value, constant)
        kind = type_name(owner)
        self.message = f"Unknown property '{name}' - a setter is not registered for type '{kind}'"

    def write(self, value: object) -> None:
        raise RunError("ErrorDotExpr", self.message)


class LocalSpot(Spot):
    """A variable in a slot of the frame, or a captured one in its cell (at index 0)."""

    __slots__ = ("slot", "values")

    def __init__(self, values: list[object], slot: int, constant: str) -> None:
        super().__init__(values[slot], constant)
        self.values = values
        self.slot = slot

    def write(self, value: object) -> None:
        self.value = self.values[self.slot] = value


class HostSpot(Spot):
    """A variable that the host gave."""

    __slots__ = ("name", "scope")

    def __init__(self, scope: dict[str, object], name: str) -> None:
        super().__init__(scope[name])
        self.scope = scope
        self.name = name

    def write(self, value: object) -> None:
        self.value = self.scope[self.name] = value


class ItemSpot(Spot):
    """An element of an array."""

    __slots__ = ("array", "index", "machine")

    def __init__(
        self, machine: Machine, array: list[object], index: int, constant: str = ""
    ) -> None:
        super().__init__(array[index], constant)
        self.machine = machine
        self.array = array
        self.index = index

    def write(self, value: object) -> None:
        if is_bulky(value):
            admit([*self.array[: self.index], value, *self.array[self.index + 1 :]], self.machine)
        self.value = self.array[self.index] = value


class EntrySpot(Spot):
    """An entry of a map; a missing one reads as unit and is made by writing."""

    __slots__ = ("entries", "key", "machine")

    def __init__(
        self, machine: Machine, entries: dict[str, object], key: str, constant: str = ""
    ) -> None:
        super().__init__(entries.get(key), constant)
        self.machine = machine
        self.entries = entries
        self.key = key

    def write(self, value: object) -> None:
        admit_entry(self.entries, self.key, value, self.machine)
        self.value = self.entries[self.key] = value


class TextSpot(Spot):
    """A character or a part of a string; writing puts a new string into the string's place."""

    __slots__ = ("machine", "parent", "start", "stop", "text")

    def __init__(self, machine: Machine, parent: Spot, start: int, stop: int, kind: type) -> None:
        self.text = str(parent.value)
        part = self.text[start:stop]
        machine.charge_text(part)
        super().__init__(Char(part) if kind is Char else part, parent.constant)
        self.machine = machine
        self.parent = parent
        self.start = start
        self.stop = stop

    def write(self, value: object) -> None:
        if type(value) is not type(self.value):
            expected = type_name(self.value)
            message = f"Data type incorrect: {type_name(value)} (expecting {expected})"
            raise RunError("ErrorMismatchDataType", message)
        text = f"{self.text[: self.start]}{value}{self.text[self.stop :]}"
        check_text(text, self.machine.limits)
        self.machine.charge_text(text)
        self.parent.write(text)
        self.value = value
