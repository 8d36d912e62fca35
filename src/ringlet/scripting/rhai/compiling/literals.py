"""Literals: constants, arrays, maps and templates."""

from __future__ import annotations

from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.values.copying import admit, check_text
from ringlet.scripting.rhai.values.display import display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler


def compile_literal(compiler: Compiler, node: nodes.Literal) -> Step:
    """A constant."""
    value = node.value
    return lambda frame: value


def compile_array(compiler: Compiler, node: nodes.ArrayLiteral) -> Step:
    """`[a, b]`"""
    steps = [compiler.compile_stored(item) for item in node.items]

    def make_array(frame: Frame) -> object:
        array = [step(frame) for step in steps]
        admit(array, frame.machine)
        return array

    return make_array


def compile_map(compiler: Compiler, node: nodes.MapLiteral) -> Step:
    """`#{key: value}`"""
    steps = [(key, compiler.compile_stored(item)) for key, item in node.entries.items()]

    def make_map(frame: Frame) -> object:
        entries = {key: step(frame) for key, step in steps}
        admit(entries, frame.machine)
        return entries

    return make_map


def compile_template(compiler: Compiler, node: nodes.Template) -> Step:
    """`text ${value}`"""
    steps = [compiler.compile(part) for part in node.parts]

    def join(frame: Frame) -> object:
        machine = frame.machine
        text = ""
        for step in steps:
            text += display(step(frame), machine, quote_chars=True)
            check_text(text, machine.limits)
        machine.charge_text(text)
        return text

    return join
