"""How values look when printed, joined to text or shown in a message."""

from __future__ import annotations

import math

from ringlet.scripting.rhai.values.copying import check_text, too_large
from ringlet.scripting.rhai.values.kinds import Char, FnPtr, Range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.running.machine import Machine

_LARGEST_PLAIN_FLOAT = 1e13
_SMALLEST_PLAIN_FLOAT = 1e-13
_ESCAPES = {chr(code): f"\\u{{{code:x}}}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_ESCAPES |= {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
_TABLE = str.maketrans(_ESCAPES)


def display(value: object, machine: Machine, *, quote_chars: bool = False) -> str:
    """The text of a value; unit is empty. `quote_chars` concerns characters inside arrays."""
    if type(value) is str:
        return value
    if type(value) is Char:
        return str(value)
    if value is None:
        return ""
    return debug(value, machine, quote_chars=quote_chars)


def debug(value: object, machine: Machine, *, quote_chars: bool = False) -> str:
    """The text of a value as it looks inside an array: strings quoted, unit as `()`."""
    if type(value) is list or type(value) is dict:
        writer = _Writer(machine, quote_chars)
        writer.write(value)
        machine.charge(writer.length >> 8)
        return "".join(writer.parts)
    text = _scalar(value, quote_chars)
    check_text(text, machine.limits)
    return text


class _Writer:
    """Writes an array or map piece by piece, so that the limit stops it in time."""

    __slots__ = ("length", "machine", "parts", "quote_chars")

    def __init__(self, machine: Machine, quote_chars: bool) -> None:
        self.machine = machine
        self.quote_chars = quote_chars
        self.parts: list[str] = []
        self.length = 0

    def write(self, value: object) -> None:
        if isinstance(value, (list, dict)):
            self.machine.charge(len(value))
        if isinstance(value, list):
            self._put("[")
            for index, item in enumerate(value):
                self._put(", " if index else "")
                self.write(item)
            self._put("]")
        elif isinstance(value, dict):
            self._put("#{")
            for index, key in enumerate(sorted(value)):
                self._put((", " if index else "") + quote(key) + ": ")
                self.write(value[key])
            self._put("}")
        else:
            self._put(_scalar(value, self.quote_chars))

    def _put(self, text: str) -> None:
        self.length += len(text)
        if self.length > self.machine.limits.text:
            raise too_large("Length of string", self.machine.limits.text)
        self.parts.append(text)


def _scalar(value: object, quote_chars: bool) -> str:
    match value:
        case None:
            return "()"
        case bool():
            return "true" if value else "false"
        case float():
            return display_float(value)
        case Char():
            return f"'{value}'" if quote_chars else str(value)
        case str():
            return quote(value)
        case Range():
            return f"{value.start}{'..=' if value.inclusive else '..'}{value.end}"
        case FnPtr():
            return f"Fn({value.name})"
        case range():
            return f"range({value.start}, {value.stop}, {value.step})"
    return str(value) if isinstance(value, int) else "range"


def quote(text: str) -> str:
    """The text as a string literal. Most texts have nothing to escape, and a table is slow."""
    if not _ESCAPES.keys().isdisjoint(text):
        text = text.translate(_TABLE)
    return f'"{text}"'


def display_float(value: float) -> str:
    """Always with a point or an exponent, so that it cannot be mistaken for an integer."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    size = abs(value)
    if size == 0:
        return "0.0"
    if size > _LARGEST_PLAIN_FLOAT or size < _SMALLEST_PLAIN_FLOAT:
        return _scientific(repr(value))
    text = repr(value)
    return _without_exponent(text) if "e" in text else text


def _without_exponent(text: str) -> str:
    """A small number with all its zeros: `0.00000015` for `1.5e-07`."""
    mantissa, _, exponent = text.partition("e-")
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return f"{sign}0.{'0' * (int(exponent) - 1)}{digits}"


def _scientific(text: str) -> str:
    """One digit before the point and no zeros to pad: `1e16`, `1.5e-15`."""
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    sign = "-" if whole.startswith("-") else ""
    digits = (whole.lstrip("-") + fraction).rstrip("0")
    power = int(exponent or 0) + len(whole.lstrip("-")) - 1
    return f"{sign}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{power}"
