"""Spelling of numbers."""

from __future__ import annotations

SMALLEST = -(1 << 63)
LARGEST = (1 << 63) - 1

_BASES = {"x": 16, "o": 8, "b": 2}


def read_number(spelling: str) -> int | float | None:
    """The value of a number token, which may carry a minus sign; None if it does not fit.

    A decimal integer too large for 64 bits becomes a float. Hexadecimal, octal and binary ones
    wrap around instead, so `0xffffffffffffffff` is -1.
    """
    negative = spelling.startswith("-")
    digits = spelling.lstrip("-").replace("_", "").lower()
    base = _BASES.get(digits[1:2])
    if base is not None:
        return _read_based(digits[2:], base, negative)
    if digits.isdigit() and len(digits) < 20:
        value = -int(digits) if negative else int(digits)
        if SMALLEST <= value <= LARGEST:
            return value
    return -float(digits) if negative else float(digits)


def _read_based(digits: str, base: int, negative: bool) -> int | None:
    if not digits:
        return None
    value = int(digits, base)
    if value >> 64:
        return None
    value = wrap(value)
    return wrap(-value) if negative else value


def wrap(value: int) -> int:
    """The value cut to 64 bits with a sign."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
