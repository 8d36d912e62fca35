"""Calls of functions by name."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.compiling.names import compile_place
from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.running.functions import Frame, Function, Step
from ringlet.scripting.rhai.running.spots import Spot
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.values.kinds import FnPtr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler


def compile_call(compiler: Compiler, node: nodes.Call) -> Step:
    """`name(arguments)`, `module::name(arguments)`"""
    steps = [compiler.compile(argument) for argument in node.arguments]
    function = compiler.functions.get((node.name, len(steps)))
    if function is not None and node.module in ("", "global"):
        return _compile_script_call(function, steps, node)
    perform = _choose(compiler, node)
    at = node.at

    def call(frame: Frame) -> object:
        arguments = [step(frame) for step in steps]
        try:
            return perform(frame, arguments)
        except RunError as error:
            error.locate(at)
            raise

    return call


def _compile_script_call(function: Function, steps: list[Step], node: nodes.Call) -> Step:
    name, at = function.name, node.at

    def call(frame: Frame) -> object:
        arguments = [step(frame) for step in steps]
        try:
            return frame.machine.invoke(function, arguments)
        except RunError as error:
            error.trace(name, at)
            raise

    return call


def _choose(compiler: Compiler, node: nodes.Call) -> Callable[[Frame, list[object]], object]:
    """How to call what is no function of the script."""
    name, module, at = node.name, node.module, node.at
    if module and module != "global":
        return lambda frame, arguments: frame.machine.call_module(module, name, arguments, at)
    if name in ("call", "curry"):
        return lambda frame, arguments: _call_value(frame, name, arguments, node)
    locate = _compile_first(compiler, node)
    return lambda frame, arguments: frame.machine.call_outside(
        name, arguments, locate(frame) if locate else None, at
    )


def _call_value(frame: Frame, name: str, arguments: list[object], node: nodes.Call) -> object:
    """`call(f, …)` and `curry(f, …)` are `f.call(…)` and `f.curry(…)`."""
    if arguments and isinstance(arguments[0], FnPtr):
        return frame.machine.call_method(Spot(arguments[0]), name, arguments[1:], node.at)
    return frame.machine.call_outside(name, arguments, None, node.at)


def _compile_first(compiler: Compiler, node: nodes.Call) -> Callable[[Frame], Spot] | None:
    """The place of the first argument, so that `push(a, x)` works like `a.push(x)`."""
    first = node.arguments[0] if node.arguments else None
    if not isinstance(first, (nodes.LocalName, nodes.OuterName, nodes.This)):
        return None
    return compile_place(compiler, first)
