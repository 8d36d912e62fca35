"""Names: variables of the script and of the host, constants, functions as values, `this`."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.running.spots import HostSpot, LocalSpot, Spot
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.nodes import Node
from ringlet.scripting.rhai.syntax.scopes import Variable
from ringlet.scripting.rhai.values.kinds import FnPtr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler

Locate = Callable[[Frame], Spot]
"""Finds the place that an expression means."""


def compile_local(compiler: Compiler, node: nodes.LocalName) -> Step:
    """A variable of the script."""
    slot = node.variable.slot
    if node.variable.captured:
        return lambda frame: frame.values[slot][0]
    return lambda frame: frame.values[slot]


def compile_outer(compiler: Compiler, node: nodes.OuterName) -> Step:
    """A variable of the host, else a function of the script as a value."""
    name, at, sees_host = node.name, node.at, node.sees_host
    pointer = FnPtr(name) if name in compiler.names else None

    def look_up(frame: Frame) -> object:
        if sees_host and name in frame.machine.scope:
            return frame.machine.scope[name]
        if pointer is None:
            raise faults.variable_not_found(name, at)
        return pointer

    return look_up


def compile_constant(compiler: Compiler, node: nodes.GlobalConstant) -> Step:
    """`global::NAME`"""
    name, at = node.name, node.at

    def look_up(frame: Frame) -> object:
        if name in frame.machine.constants:
            return frame.machine.constants[name]
        raise faults.variable_not_found(f"global::{name}", at)

    return look_up


def compile_this(compiler: Compiler, node: nodes.This) -> Step:
    """`this`"""
    at = node.at

    def look_up(frame: Frame) -> object:
        if frame.this is None:
            raise faults.unbound_this(at)
        return frame.this.value

    return look_up


def compile_declaration(variable: Variable) -> Callable[[Frame, object], None]:
    """How a variable comes to be: a new cell each time if a closure captures it."""
    slot = variable.slot

    def declare_cell(frame: Frame, value: object) -> None:
        frame.values[slot] = [value]

    def declare(frame: Frame, value: object) -> None:
        frame.values[slot] = value

    return declare_cell if variable.captured else declare


def compile_rebinding(variable: Variable) -> Callable[[Frame, object, bool], None]:
    """How the variable of a loop gets its next value: its cell, if any, is made only once."""
    slot = variable.slot

    def bind_cell(frame: Frame, value: object, first: bool) -> None:
        if first:
            frame.values[slot] = [None]
        frame.values[slot][0] = value

    def bind(frame: Frame, value: object, first: bool) -> None:
        frame.values[slot] = value

    return bind_cell if variable.captured else bind


def compile_place(compiler: Compiler, node: Node) -> Locate:
    """The place at the root of a chain. What is no variable becomes a temporary place."""
    match node:
        case nodes.LocalName():
            return _local_place(node)
        case nodes.OuterName():
            return _outer_place(compiler, node)
        case nodes.This():
            return _this_place(node)
        case nodes.GlobalConstant():
            read = compiler.compile(node)
            name = node.name
            return lambda frame: Spot(read(frame), name)
    step = compiler.compile_stored(node)
    return lambda frame: Spot(step(frame))


def _local_place(node: nodes.LocalName) -> Locate:
    slot = node.variable.slot
    constant = node.variable.name if node.variable.constant else ""
    if node.variable.captured:
        return lambda frame: LocalSpot(frame.values[slot], 0, constant)
    return lambda frame: LocalSpot(frame.values, slot, constant)


def _outer_place(compiler: Compiler, node: nodes.OuterName) -> Locate:
    read = compile_outer(compiler, node)
    name, sees_host = node.name, node.sees_host

    def locate(frame: Frame) -> Spot:
        if sees_host and name in frame.machine.scope:
            return HostSpot(frame.machine.scope, name)
        return Spot(read(frame))

    return locate


def _this_place(node: nodes.This) -> Locate:
    at = node.at

    def locate(frame: Frame) -> Spot:
        if frame.this is None:
            raise faults.unbound_this(at)
        return frame.this

    return locate
