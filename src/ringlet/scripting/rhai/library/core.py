"""Functions on values of any type: text of a value, its type, printing, the end of the script."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.library.registry import ANY, CHAR, INT, NUMBER, TEXT, reads
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.signals import ExitSignal
from ringlet.scripting.rhai.values.display import debug, display
from ringlet.scripting.rhai.values.kinds import type_name


@reads("to_string", ANY)
def to_string(machine: Machine, value: object) -> str:
    return _charged(machine, display(value, machine))


@reads("to_debug", ANY)
def to_debug(machine: Machine, value: object) -> str:
    return _charged(machine, debug(value, machine))


@reads("type_of", ANY, linear=False)
def type_of(machine: Machine, value: object) -> str:
    return type_name(value)


@reads("print", ANY)
def print_value(machine: Machine, value: object) -> None:
    _print(machine, display(value, machine))


@reads("print")
def print_nothing(machine: Machine) -> None:
    _print(machine, "")


@reads("debug", ANY)
def print_debug(machine: Machine, value: object) -> None:
    _print(machine, debug(value, machine))


def _print(machine: Machine, text: str) -> None:
    _charged(machine, text)
    if machine.print is not None:
        machine.print(text)


def _charged(machine: Machine, text: str) -> str:
    machine.charge(len(text) >> 8)
    return text


@reads("exit")
def exit_with_unit(machine: Machine) -> None:
    raise ExitSignal


@reads("exit", ANY)
def exit_with(machine: Machine, value: object) -> None:
    raise ExitSignal(value)


@reads("max", NUMBER, NUMBER)
def larger_number(machine: Machine, left: float, right: float) -> float:
    return max(_alike(left, right))


@reads("min", NUMBER, NUMBER)
def smaller_number(machine: Machine, left: float, right: float) -> float:
    return min(_alike(left, right))


def _alike(left: float, right: float) -> tuple[float, float]:
    return (left, right) if type(left) is type(right) else (float(left), float(right))


@reads("max", TEXT, TEXT)
@reads("max", CHAR, CHAR)
def later_text(machine: Machine, left: str, right: str) -> str:
    return max(left, right)


@reads("min", TEXT, TEXT)
@reads("min", CHAR, CHAR)
def earlier_text(machine: Machine, left: str, right: str) -> str:
    return min(left, right)


@reads("parse_float", TEXT)
def parse_float(machine: Machine, text: str) -> float:
    spelling = text.strip()
    try:
        if "_" not in spelling:
            return float(spelling)
    except ValueError:
        pass
    message = f"Error parsing floating-point number '{spelling[:40]}'"
    raise RunError("ErrorArithmetic", message)


@reads("parse_int", TEXT)
def parse_int(machine: Machine, text: str) -> int:
    return parse_int_in_base(machine, text, 10)


@reads("parse_int", TEXT, INT)
def parse_int_in_base(machine: Machine, text: str, base: int) -> int:
    spelling = text.strip()
    if not 2 <= base <= 36:
        raise RunError("ErrorArithmetic", f"Invalid radix: {base}")
    try:
        if "_" not in spelling and len(spelling) <= 65 and spelling[-1:].isalnum():
            value = int(spelling, base)
            if -(1 << 63) <= value < 1 << 63:
                return value
    except ValueError:
        pass
    message = f"Error parsing integer number '{spelling[:80]}'"
    raise RunError("ErrorArithmetic", message)
