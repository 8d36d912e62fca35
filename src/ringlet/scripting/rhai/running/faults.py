"""The errors that many parts of the language raise."""

from __future__ import annotations

from collections.abc import Iterable

from ringlet.scripting.rhai.errors import Position, RunError
from ringlet.scripting.rhai.values.kinds import type_name


def mismatch(value: object, expected: str, at: Position | None = None) -> RunError:
    """A value of the wrong type."""
    message = f"Data type incorrect: {type_name(value)} (expecting {expected})"
    return RunError("ErrorMismatchDataType", message, at)


# What the full language has and configuration scripts do without.
_UNSUPPORTED = frozenset(
    "blob timestamp sleep get_bit get_bits set_bit set_bits bits take parse_decimal to_decimal"
    " tag set_tag write_be write_le write_ascii write_utf8 parse_le_int parse_be_int"
    " to_blob".split()
)


def unsupported(feature: str, at: Position | None = None) -> RunError:
    """A part of the language that configuration scripts do without."""
    message = f"{feature} is not available in configuration scripts"
    return RunError("Unsupported", message, at)


def function_not_found(
    name: str, arguments: Iterable[object], at: Position | None = None
) -> RunError:
    """No function of this name takes arguments of these types."""
    if name in _UNSUPPORTED:
        return unsupported(f"'{name}()'", at)
    signature = f"{name} ({', '.join(map(type_name, arguments))})"
    message = f"Function not found: {signature}"
    return RunError("ErrorFunctionNotFound", message, at, function=signature)


def variable_not_found(name: str, at: Position | None = None) -> RunError:
    """No variable of this name is visible."""
    return RunError("ErrorVariableNotFound", f"Variable not found: {name}", at, variable=name)


def arithmetic(message: str) -> RunError:
    """A number that cannot be computed."""
    return RunError("ErrorArithmetic", message)


def unbound_this(at: Position | None = None) -> RunError:
    """`this` outside of a method call."""
    return RunError("ErrorUnboundThis", "'this' not bound", at)


def stack_overflow(at: Position | None = None) -> RunError:
    """Too many calls inside each other."""
    return RunError("ErrorStackOverflow", "Stack overflow", at, catchable=False)


def out_of_bounds(length: int, index: int) -> RunError:
    """An index that an array does not have."""
    held = f"only {length} elements in array" if length > 1 else "only 1 element in array"
    if length == 0:
        held = "array is empty"
    message = f"Array index {index} out of bounds: {held}"
    return RunError("ErrorArrayBounds", message, index=index)


def out_of_text(length: int, index: int) -> RunError:
    """An index that a string does not have."""
    held = f"only {length} characters in string" if length > 1 else "only 1 character in string"
    if length == 0:
        held = "string is empty"
    message = f"String index {index} out of bounds: {held}"
    return RunError("ErrorStringBounds", message, index=index)
