"""Functions on integers."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import INT, getter, reads
from ringlet.scripting.rhai.running.arithmetic import negate
from ringlet.scripting.rhai.running.machine import Machine


@getter("is_zero", INT)
def is_zero(machine: Machine, value: int) -> bool:
    return value == 0


@getter("is_even", INT)
def is_even(machine: Machine, value: int) -> bool:
    return value % 2 == 0


@getter("is_odd", INT)
def is_odd(machine: Machine, value: int) -> bool:
    return value % 2 == 1


@reads("abs", INT)
def absolute(machine: Machine, value: int) -> int:
    return negate(value) if value < 0 else value


@reads("sign", INT)
def sign(machine: Machine, value: int) -> int:
    return (value > 0) - (value < 0)


@reads("to_float", INT)
def to_float(machine: Machine, value: int) -> float:
    return float(value)


@reads("to_int", INT)
def to_int(machine: Machine, value: int) -> int:
    return value


@reads("to_hex", INT)
def to_hex(machine: Machine, value: int) -> str:
    return f"{_unsigned(value):x}"


@reads("to_octal", INT)
def to_octal(machine: Machine, value: int) -> str:
    return f"{_unsigned(value):o}"


@reads("to_binary", INT)
def to_binary(machine: Machine, value: int) -> str:
    return f"{_unsigned(value):b}"


def _unsigned(value: int) -> int:
    return value % (1 << 64)
