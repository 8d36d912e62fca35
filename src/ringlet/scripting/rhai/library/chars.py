"""Functions on single characters."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import CHAR, reads, replaces
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.kinds import Char


@reads("to_int", CHAR)
def to_int(machine: Machine, char: Char) -> int:
    return ord(char)


@reads("to_upper", CHAR)
def to_upper(machine: Machine, char: Char) -> Char:
    upper = char.upper()
    return Char(upper) if len(upper) == 1 else char


@reads("to_lower", CHAR)
def to_lower(machine: Machine, char: Char) -> Char:
    lower = char.lower()
    return Char(lower) if len(lower) == 1 else char


@replaces("make_upper", CHAR)
def make_upper(machine: Machine, char: Char) -> tuple[Char, None]:
    return to_upper(machine, char), None


@replaces("make_lower", CHAR)
def make_lower(machine: Machine, char: Char) -> tuple[Char, None]:
    return to_lower(machine, char), None
