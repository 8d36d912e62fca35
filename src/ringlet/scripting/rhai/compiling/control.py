"""Blocks, branches, early ends and errors caught."""

from __future__ import annotations

from ringlet.scripting.rhai.compiling.names import compile_declaration
from ringlet.scripting.rhai.compiling.operations import compile_condition
from ringlet.scripting.rhai.errors import RunError, describe
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.running.signals import (
    BreakSignal,
    ContinueSignal,
    ReturnSignal,
    Signal,
)
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.values.copying import copy_value
from ringlet.scripting.rhai.values.display import display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler
    from ringlet.scripting.rhai.running.machine import Machine

_SIGNALS: dict[str, type[Signal]] = {
    "break": BreakSignal,
    "continue": ContinueSignal,
    "return": ReturnSignal,
}


def compile_block(compiler: Compiler, node: nodes.Block) -> Step:
    """Statements in order; the value is that of the last one."""
    if not node.statements:
        return lambda frame: None
    weighed = [compiler.compile_weighed(statement) for statement in node.statements]
    *first, (last, of_last) = weighed
    at = node.at

    def run_block(frame: Frame) -> object:
        charge = frame.machine.charge
        try:
            for step, operations in first:
                charge(operations)
                step(frame)
            charge(of_last)
            return last(frame)
        except RunError as error:
            error.locate(at)
            raise

    return run_block


def compile_if(compiler: Compiler, node: nodes.If) -> Step:
    """`if … else …`; without `else` it is unit."""
    condition = compile_condition(compiler, node.condition)
    then = compiler.compile(node.then)
    otherwise = compiler.compile(node.otherwise) if node.otherwise else None

    def choose(frame: Frame) -> object:
        if condition(frame):
            return then(frame)
        return otherwise(frame) if otherwise else None

    return choose


def compile_leave(compiler: Compiler, node: nodes.Leave) -> Step:
    """`break`, `continue`, `return` and `throw`"""
    if node.kind == "throw":
        return _compile_throw(compiler, node)
    value = compiler.compile_stored(node.value) if node.value else None
    signal = _SIGNALS[node.kind]

    def leave(frame: Frame) -> object:
        raise signal(value(frame) if value else None)

    return leave


def _compile_throw(compiler: Compiler, node: nodes.Leave) -> Step:
    """`throw value`; alone inside a handler it throws the caught error again."""
    at = node.at
    value = compiler.compile_stored(node.value) if node.value else None
    again = value is None and compiler.handlers > 0

    def throw(frame: Frame) -> object:
        if again:
            error = frame.machine.caught[-1]
            error.position = at
            raise error
        thrown = value(frame) if value else None
        text = display(thrown, frame.machine)
        frame.machine.charge_text(text)
        message = f"Runtime error: {text}" if text else "Runtime error"
        raise RunError("ErrorRuntime", message, at, payload=thrown)

    return throw


def compile_try(compiler: Compiler, node: nodes.Try) -> Step:
    """`try { … } catch (error) { … }`; its value is unit."""
    body = compiler.compile(node.body)
    compiler.handlers += 1
    handler = compiler.compile(node.handler)
    compiler.handlers -= 1
    declare = compile_declaration(node.variable) if node.variable else None

    def attempt(frame: Frame) -> object:
        machine = frame.machine
        try:
            body(frame)
        except RunError as error:
            if not error.catchable:
                raise
            machine.charge_text(error.message)
            machine.caught.append(error)
            try:
                if declare:
                    declare(frame, _caught_value(error, machine))
                handler(frame)
            finally:
                machine.caught.pop()
        return None

    return attempt


def _caught_value(error: RunError, machine: Machine) -> object:
    """What the script gets: the thrown value itself, or a map that describes the error."""
    if error.name == "ErrorRuntime":
        return copy_value(error.payload, machine)
    description = {"error": error.name, "message": error.message, **error.fields}
    place = error.position
    if error.trail:
        function, place = error.trail[-1]
        message = str(error).removesuffix(describe(place))
        description = {
            "error": "ErrorInFunctionCall",
            "message": message,
            "function": function,
            "source": "",
        }
    if place:
        description["line"], description["position"] = place
    return description
