"""The way of values in from the host and out again."""

from __future__ import annotations

from collections.abc import Mapping

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.values.copying import DEEPEST, too_large
from ringlet.scripting.rhai.values.kinds import Char

_SMALLEST, _LARGEST = -(1 << 63), (1 << 63) - 1


def take_in(value: object, depth: int = 0) -> object:
    """A script's own copy of a plain Python value. Raises RunError for other types."""
    if depth > DEEPEST:
        raise too_large("Nesting of arrays and maps", DEEPEST)
    match value:
        case None | bool() | float():
            return value
        case int():
            if _SMALLEST <= value <= _LARGEST:
                return int(value)
        case Char():
            return value
        case str():
            return str(value)
        case Mapping():
            return {str(key): take_in(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [take_in(item, depth + 1) for item in value]
    message = f"The host gave a value that scripts cannot hold: {type(value).__name__}"
    raise RunError("ErrorMismatchDataType", message)


def give_out(value: object) -> object:
    """A plain Python value for the host, maps sorted by key; ranges and functions as they are."""
    match value:
        case Char():
            return str(value)
        case list():
            return [give_out(item) for item in value]
        case dict():
            return {key: give_out(value[key]) for key in sorted(value)}
    return value
