"""The compiler: picks the function that turns a node into a step."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.compiling.assignments import compile_assign, compile_let
from ringlet.scripting.rhai.compiling.calls import compile_call
from ringlet.scripting.rhai.compiling.chains import compile_chain
from ringlet.scripting.rhai.compiling.closures import compile_closure, compile_function
from ringlet.scripting.rhai.compiling.control import (
    compile_block,
    compile_if,
    compile_leave,
    compile_try,
)
from ringlet.scripting.rhai.compiling.freshness import is_fresh
from ringlet.scripting.rhai.compiling.literals import (
    compile_array,
    compile_literal,
    compile_map,
    compile_template,
)
from ringlet.scripting.rhai.compiling.loops import compile_do, compile_for, compile_while
from ringlet.scripting.rhai.compiling.names import (
    compile_constant,
    compile_local,
    compile_outer,
    compile_this,
)
from ringlet.scripting.rhai.compiling.operations import (
    compile_binary,
    compile_logical,
    compile_unary,
)
from ringlet.scripting.rhai.compiling.switches import compile_switch
from ringlet.scripting.rhai.running.functions import Frame, Function, Step
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.nodes import Node
from ringlet.scripting.rhai.values.copying import copy_value

_NODES_PER_OPERATION = 4

_COMPILERS: dict[type[Node], Callable[..., Step]] = {
    nodes.Literal: compile_literal,
    nodes.Template: compile_template,
    nodes.ArrayLiteral: compile_array,
    nodes.MapLiteral: compile_map,
    nodes.LocalName: compile_local,
    nodes.OuterName: compile_outer,
    nodes.GlobalConstant: compile_constant,
    nodes.This: compile_this,
    nodes.Unary: compile_unary,
    nodes.Binary: compile_binary,
    nodes.Logical: compile_logical,
    nodes.Call: compile_call,
    nodes.Chain: compile_chain,
    nodes.Closure: compile_closure,
    nodes.Let: compile_let,
    nodes.Assign: compile_assign,
    nodes.Block: compile_block,
    nodes.If: compile_if,
    nodes.While: compile_while,
    nodes.DoWhile: compile_do,
    nodes.For: compile_for,
    nodes.Switch: compile_switch,
    nodes.Leave: compile_leave,
    nodes.Try: compile_try,
}


class Compiler:
    """Compiles one script. `functions` are those of the script, known before any call is.

    `nodes` counts what was compiled for the statement in hand, without the statements inside it.
    """

    __slots__ = ("functions", "handlers", "names", "nodes")

    def __init__(self, script: nodes.Script) -> None:
        self.functions: dict[tuple[str, int], Function] = {}
        self.names = frozenset(name for name, _ in script.functions)
        # Handlers of `catch` around the node in hand, in the same function.
        self.handlers = 0
        self.nodes = 0
        for key, node in script.functions.items():
            self.functions[key] = Function(node.name, len(node.parameters), node.size, ())
        for key, node in script.functions.items():
            compile_function(self, node, self.functions[key])

    def compile(self, node: Node) -> Step:
        """The step that runs a node and gives its value, which others may hold, too."""
        self.nodes += 1
        return _COMPILERS[type(node)](self, node)

    def compile_weighed(self, node: Node) -> tuple[Step, int]:
        """The step of a node that is run by itself, and the operations that each run counts.

        What is long takes long: one operation and one more for every few nodes.
        """
        around, self.nodes = self.nodes, 0
        step = self.compile(node)
        operations = 1 + self.nodes // _NODES_PER_OPERATION
        self.nodes = around
        return step, operations

    def compile_stored(self, node: Node) -> Step:
        """The step for a node whose value will be kept: a copy unless nobody else holds it."""
        step = self.compile(node)
        if is_fresh(node):
            return step

        def copied(frame: Frame) -> object:
            value = step(frame)
            if type(value) is list or type(value) is dict:
                return copy_value(value, frame.machine)
            return value

        return copied
