"""Calls of functions that the host lends to scripts."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.errors import HostError, RunError
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.values.copying import measure
from ringlet.scripting.rhai.values.exchange import give_out, take_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.limits import Limits
    from ringlet.scripting.rhai.running.machine import Machine

_VARIADIC = 0x04
_TEXT_PER_OPERATION = 32
"""Characters, in arguments and results: encoders look at each of them in Python, or nearly so."""


def call_host(
    machine: Machine, function: Callable[..., object], name: str, arguments: list[object]
) -> object:
    """Call a function of the host: plain Python values go in, and its result is copied."""
    if not _takes(function, len(arguments)):
        raise faults.function_not_found(name, arguments)
    for argument in arguments:
        machine.charge(1 + _work(argument, machine.limits))
    try:
        result = function(*map(give_out, arguments))
    except HostError as error:
        raise RunError("ErrorRuntime", str(error), payload=str(error)) from None
    value = take_in(result)
    machine.charge(_work(value, machine.limits))
    return value


def _work(value: object, limits: Limits) -> int:
    return measure(value, limits, text_per_element=_TEXT_PER_OPERATION)


def _takes(function: Callable[..., object], count: int) -> bool:
    """Whether a function takes so many arguments. What cannot be told counts as yes."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & _VARIADIC:
        return True
    most = code.co_argcount - (getattr(function, "__self__", None) is not None)
    least = most - len(getattr(function, "__defaults__", None) or ())
    return bool(least <= count <= most)
