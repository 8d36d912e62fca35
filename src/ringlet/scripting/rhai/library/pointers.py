"""Functions on function values."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import FUNCTION, TEXT, getter, reads
from ringlet.scripting.rhai.running.faults import function_not_found
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.kinds import FnPtr


@getter("name", FUNCTION)
def name(machine: Machine, pointer: FnPtr) -> str:
    return pointer.name


@getter("is_anonymous", FUNCTION)
def is_anonymous(machine: Machine, pointer: FnPtr) -> bool:
    return pointer.closure is not None


@reads("Fn", TEXT)
def make_pointer(machine: Machine, function: str) -> FnPtr:
    letters = function.lstrip("_")
    if function.isascii() and function.isidentifier() and letters[:1].isalpha():
        return FnPtr(function)
    raise function_not_found(function[:80], ())
