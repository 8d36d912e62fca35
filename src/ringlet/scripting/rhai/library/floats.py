"""Functions on floats."""

from __future__ import annotations

import math
from collections.abc import Callable

from ringlet.scripting.rhai.library.registry import FLOAT, NUMBER, getter, reads
from ringlet.scripting.rhai.running.faults import arithmetic
from ringlet.scripting.rhai.running.machine import Machine


def _rounded(function: Callable[[float], float]) -> Callable[[Machine, float], float]:
    """Leaves infinity and NaN as they are; Python's own functions refuse them."""
    return lambda machine, value: float(function(value)) if math.isfinite(value) else value


def _half_away(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _real(function: Callable[[float], float]) -> Callable[[Machine, float], float]:
    """A function that is NaN where it has no real value, and infinite where it is too large."""

    def compute(machine: Machine, value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return compute


_ROUNDINGS: dict[str, Callable[[float], float]] = {
    "floor": math.floor,
    "ceiling": math.ceil,
    "round": _half_away,
    "int": math.trunc,
}
for _name, _function in _ROUNDINGS.items():
    getter(_name, FLOAT)(_rounded(_function))

_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "to_degrees": math.degrees,
    "to_radians": math.radians,
}
for _name, _function in _FUNCTIONS.items():
    reads(_name, FLOAT)(_real(_function))


@getter("fraction", FLOAT)
def fraction(machine: Machine, value: float) -> float:
    return math.fmod(value, 1.0) if math.isfinite(value) else math.nan


@getter("is_nan", FLOAT)
def is_nan(machine: Machine, value: float) -> bool:
    return math.isnan(value)


@getter("is_finite", FLOAT)
def is_finite(machine: Machine, value: float) -> bool:
    return math.isfinite(value)


@getter("is_infinite", FLOAT)
def is_infinite(machine: Machine, value: float) -> bool:
    return math.isinf(value)


@getter("is_zero", FLOAT)
def is_zero(machine: Machine, value: float) -> bool:
    return value == 0


@reads("abs", FLOAT)
def absolute(machine: Machine, value: float) -> float:
    return abs(value)


@reads("sign", FLOAT)
def sign(machine: Machine, value: float) -> int:
    return (value > 0) - (value < 0)


@reads("to_float", FLOAT)
def to_float(machine: Machine, value: float) -> float:
    return value


@reads("to_int", FLOAT)
def to_int(machine: Machine, value: float) -> int:
    if math.isfinite(value) and -(2.0**63) <= value < 2.0**63:
        return int(value)
    raise arithmetic(f"Integer overflow: to_int({value})")


@reads("ln", FLOAT)
def natural_logarithm(machine: Machine, value: float) -> float:
    return _logarithm(value, math.e)


@reads("log", FLOAT)
def decimal_logarithm(machine: Machine, value: float) -> float:
    return _logarithm(value, 10.0)


@reads("log", FLOAT, NUMBER)
def logarithm(machine: Machine, value: float, base: float) -> float:
    return _logarithm(value, float(base))


def _logarithm(value: float, base: float) -> float:
    if value == 0:
        return -math.inf
    if not value > 0 or not base > 0 or base == 1:
        return math.nan
    if base == 10:
        return math.log10(value)
    return math.log(value) if base == math.e else math.log(value, base)


@reads("PI")
def pi(machine: Machine) -> float:
    return math.pi


@reads("E")
def euler(machine: Machine) -> float:
    return math.e
