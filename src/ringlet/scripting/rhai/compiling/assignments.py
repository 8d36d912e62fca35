"""Declarations and assignments."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.compiling.chains import compile_chain_place
from ringlet.scripting.rhai.compiling.names import compile_declaration, compile_place
from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.running.operators import assign_operator
from ringlet.scripting.rhai.running.spots import HostSpot, Spot
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.scopes import Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler


def compile_let(compiler: Compiler, node: nodes.Let) -> Step:
    """`let name = value` and `const NAME = value`"""
    value = compiler.compile_stored(node.value) if node.value else None
    declare = compile_declaration(node.variable)
    name, is_global = node.variable.name, node.is_global

    def declare_variable(frame: Frame) -> object:
        initial = value(frame) if value else None
        declare(frame, initial)
        if is_global:
            frame.machine.constants[name] = initial
        return None

    return declare_variable


def compile_assign(compiler: Compiler, node: nodes.Assign) -> Step:
    """`target = value`, `target += value`. The value is computed before the place is found."""
    if isinstance(node.target, nodes.LocalName):
        return _assign_local(compiler, node, node.target.variable)
    value = compiler.compile_stored(node.value)
    locate = _compile_target(compiler, node.target)
    operate = assign_operator(node.operator) if node.operator else None
    at, target_at = node.at, node.target.at

    def assign(frame: Frame) -> object:
        new = value(frame)
        spot = locate(frame)
        if spot is None:
            return None
        try:
            spot.require_variable()
        except RunError as error:
            error.locate(target_at)
            raise
        try:
            spot.write(operate(frame.machine, spot.value, new) if operate else new)
        except RunError as error:
            error.locate(at)
            raise
        return None

    return assign


def _assign_local(compiler: Compiler, node: nodes.Assign, variable: Variable) -> Step:
    """The most frequent case: a variable of the script, which the parser knows is no constant."""
    value = compiler.compile_stored(node.value)
    operate = assign_operator(node.operator) if node.operator else None
    slot, captured, at = variable.slot, variable.captured, node.at

    def assign(frame: Frame) -> object:
        new = value(frame)
        values, index = (frame.values[slot], 0) if captured else (frame.values, slot)
        if operate is None:
            values[index] = new
            return None
        try:
            values[index] = operate(frame.machine, values[index], new)
        except RunError as error:
            error.locate(at)
            raise
        return None

    return assign


def _compile_target(compiler: Compiler, target: nodes.Node) -> Callable[[Frame], Spot | None]:
    if isinstance(target, nodes.Chain):
        return compile_chain_place(compiler, target)
    if isinstance(target, nodes.OuterName):
        return _host_variable(target)
    return compile_place(compiler, target)


def _host_variable(target: nodes.OuterName) -> Callable[[Frame], Spot | None]:
    """The name of a function can be read like a variable, but not assigned to."""
    name, sees_host, at = target.name, target.sees_host, target.at

    def locate(frame: Frame) -> Spot:
        if sees_host and name in frame.machine.scope:
            return HostSpot(frame.machine.scope, name)
        raise faults.variable_not_found(name, at)

    return locate
