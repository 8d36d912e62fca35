"""Operators: unary, binary, and those whose right side may never run."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import Position, RunError
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.running.operators import ON_INTEGERS, UNARY, operator
from ringlet.scripting.rhai.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler


def compile_unary(compiler: Compiler, node: nodes.Unary) -> Step:
    """`-x`, `+x`, `!x`"""
    operand, at = compiler.compile(node.operand), node.at
    operate = UNARY[node.operator]

    def calculate(frame: Frame) -> object:
        value = operand(frame)
        try:
            return operate(value)
        except RunError as error:
            error.locate(at)
            raise

    return calculate


def compile_binary(compiler: Compiler, node: nodes.Binary) -> Step:
    """`a + b`"""
    left, right = compiler.compile(node.left), compiler.compile(node.right)
    operate, at = operator(node.operator), node.at
    on_integers = ON_INTEGERS.get(node.operator)

    def calculate(frame: Frame) -> object:
        first = left(frame)
        second = right(frame)
        try:
            if on_integers and type(first) is int and type(second) is int:
                return on_integers(first, second)
            return operate(frame.machine, first, second)
        except RunError as error:
            error.locate(at)
            raise

    return calculate


def compile_logical(compiler: Compiler, node: nodes.Logical) -> Step:
    """`a && b`, `a || b`, `a ?? b`"""
    left, right = compiler.compile(node.left), compiler.compile(node.right)
    if node.operator == "??":
        return lambda frame: right(frame) if (value := left(frame)) is None else value
    decisive = node.operator == "||"
    left_at, right_at = node.left.at, node.right.at

    def decide(frame: Frame) -> object:
        first = left(frame)
        if type(first) is not bool:
            raise faults.mismatch(first, "bool", left_at)
        if first is decisive:
            return decisive
        second = right(frame)
        if type(second) is not bool:
            raise faults.mismatch(second, "bool", right_at)
        return second

    return decide


def compile_condition(compiler: Compiler, node: nodes.Node) -> Step:
    """A condition, which must be a boolean."""
    return _boolean(compiler.compile(node), node.at)


def compile_weighed_condition(compiler: Compiler, node: nodes.Node) -> tuple[Step, int]:
    """A condition that is looked at anew in each turn of a loop, and what that counts."""
    step, operations = compiler.compile_weighed(node)
    return _boolean(step, node.at), operations


def _boolean(step: Step, at: Position) -> Step:
    def decide(frame: Frame) -> object:
        value = step(frame)
        if value is True or value is False:
            return value
        raise faults.mismatch(value, "bool", at)

    return decide
