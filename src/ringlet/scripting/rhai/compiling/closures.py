"""Functions and closures."""

from __future__ import annotations

from ringlet.scripting.rhai.compiling.freshness import is_fresh, return_tail
from ringlet.scripting.rhai.running.functions import Frame, Function, Step
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.scopes import Variable
from ringlet.scripting.rhai.values.kinds import FnPtr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler


def compile_function(compiler: Compiler, node: nodes.FunctionNode, function: Function) -> None:
    """Fill in what a function declared before can only know now."""
    function.shared = _shared(node.parameters)
    _compile_body(compiler, node.body, function)


def compile_closure(compiler: Compiler, node: nodes.Closure) -> Step:
    """`|a, b| body`: a new function value with the cells of what it captured."""
    name = "anon$" + "{:x}_{:x}".format(*node.at)
    inside = tuple(variable.slot for _, variable in node.captures)
    outside = tuple(variable.slot for variable, _ in node.captures)
    arity = len(node.parameters)
    function = Function(name, arity, node.size, _shared(node.parameters), inside)
    _compile_body(compiler, node.body, function)

    def capture(frame: Frame) -> object:
        frame.machine.charge()
        cells = tuple(frame.values[slot] for slot in outside)
        return FnPtr(name, (), function, cells)

    return capture


def _shared(parameters: list[Variable]) -> tuple[int, ...]:
    return tuple(parameter.slot for parameter in parameters if parameter.captured)


def _compile_body(compiler: Compiler, body: nodes.Node, function: Function) -> None:
    handlers, compiler.handlers = compiler.handlers, 0
    tail = return_tail(body)
    function.fresh = is_fresh(tail)
    function.body, function.operations = compiler.compile_weighed(tail)
    compiler.handlers = handlers
