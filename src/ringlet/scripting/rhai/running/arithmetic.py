"""Arithmetic on 64-bit integers, which never overflow silently, and on floats, which may."""

from __future__ import annotations

import math
from collections.abc import Callable

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.running.faults import arithmetic
from ringlet.scripting.rhai.syntax.numbers import LARGEST, SMALLEST, wrap


def _overflow(what: str, left: int, sign: str, right: int) -> RunError:
    return arithmetic(f"{what} overflow: {left} {sign} {right}")


def _add(left: int, right: int) -> int:
    value = left + right
    if SMALLEST <= value <= LARGEST:
        return value
    raise _overflow("Addition", left, "+", right)


def _subtract(left: int, right: int) -> int:
    value = left - right
    if SMALLEST <= value <= LARGEST:
        return value
    raise _overflow("Subtraction", left, "-", right)


def _multiply(left: int, right: int) -> int:
    value = left * right
    if SMALLEST <= value <= LARGEST:
        return value
    raise _overflow("Multiplication", left, "*", right)


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise arithmetic(f"Division by zero: {left} / {right}")
    if left == SMALLEST and right == -1:
        raise _overflow("Division", left, "/", right)
    quotient = abs(left) // abs(right)
    return -quotient if (left < 0) != (right < 0) else quotient


def _remainder(left: int, right: int) -> int:
    if right == 0 or (left == SMALLEST and right == -1):
        raise arithmetic(f"Modulo division by zero or overflow: {left} % {right}")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _power(base: int, exponent: int) -> int:
    if exponent < 0:
        raise arithmetic(f"Integer raised to a negative power: {base} ** {exponent}")
    if abs(base) <= 1:
        exponent = min(exponent, 2 + exponent % 2)
    # Two to the power of 64 is too large already; do not compute what is far beyond.
    value = int(base ** min(exponent, 64))
    if SMALLEST <= value <= LARGEST:
        return value
    raise _overflow("Exponential", base, "**", exponent)


def _shift_left(value: int, places: int) -> int:
    if places < 0:
        return _shift_right(value, -places)
    return 0 if places >= 64 else wrap(value << places)


def _shift_right(value: int, places: int) -> int:
    if places < 0:
        return _shift_left(value, -places)
    return 0 if places >= 64 else value >> places


def _divide_floats(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _remainder_floats(left: float, right: float) -> float:
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


def power_of_floats(base: float, exponent: float) -> float:
    """A power; what is too large becomes infinite, what is no real number becomes NaN."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


INTEGERS: dict[str, Callable[[int, int], int]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "**": _power,
    "<<": _shift_left,
    ">>": _shift_right,
    "&": int.__and__,
    "|": int.__or__,
    "^": int.__xor__,
}

FLOATS: dict[str, Callable[[float, float], float]] = {
    "+": float.__add__,
    "-": float.__sub__,
    "*": float.__mul__,
    "/": _divide_floats,
    "%": _remainder_floats,
    "**": power_of_floats,
}


def negate(value: int) -> int:
    """`-x`; the smallest integer has no opposite."""
    if value == SMALLEST:
        raise arithmetic(f"Negation overflow: -{value}")
    return -value
