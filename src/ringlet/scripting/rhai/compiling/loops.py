"""Loops."""

from __future__ import annotations

from collections.abc import Iterable

from ringlet.scripting.rhai.compiling.names import compile_rebinding
from ringlet.scripting.rhai.compiling.operations import compile_weighed_condition
from ringlet.scripting.rhai.errors import Position, RunError
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.running.signals import BreakSignal, ContinueSignal
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.values.kinds import Char, FloatSteps, Range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler


def compile_while(compiler: Compiler, node: nodes.While) -> Step:
    """`while condition { … }` and `loop { … }`; `break value` gives it a value."""
    condition, operations = None, 1
    if node.condition:
        condition, operations = compile_weighed_condition(compiler, node.condition)
    body = compiler.compile(node.body)
    at = node.at

    def repeat(frame: Frame) -> object:
        charge = frame.machine.charge
        try:
            while condition is None or condition(frame):
                charge(operations)
                try:
                    body(frame)
                except ContinueSignal:
                    pass
        except BreakSignal as signal:
            return signal.value
        except RunError as error:
            error.locate(at)
            raise
        return None

    return repeat


def compile_do(compiler: Compiler, node: nodes.DoWhile) -> Step:
    """`do { … } while condition`, `do { … } until condition`"""
    condition, operations = compile_weighed_condition(compiler, node.condition)
    body = compiler.compile(node.body)
    until, at = node.until, node.at

    def repeat(frame: Frame) -> object:
        charge = frame.machine.charge
        try:
            while True:
                charge(operations)
                try:
                    body(frame)
                except ContinueSignal:
                    pass
                if condition(frame) is until:
                    return None
        except BreakSignal as signal:
            return signal.value
        except RunError as error:
            error.locate(at)
            raise

    return repeat


def compile_for(compiler: Compiler, node: nodes.For) -> Step:
    """`for item in iterable { … }`. A captured item is one cell for all turns."""
    iterable = compiler.compile_stored(node.iterable)
    body = compiler.compile(node.body)
    bind_item = compile_rebinding(node.item)
    bind_counter = compile_rebinding(node.counter) if node.counter else None
    at = node.at

    def repeat(frame: Frame) -> object:
        charge = frame.machine.charge
        items = _iterate(iterable(frame), at)
        try:
            for count, item in enumerate(items):
                charge()
                bind_item(frame, item, not count)
                if bind_counter:
                    bind_counter(frame, count, not count)
                try:
                    body(frame)
                except ContinueSignal:
                    pass
        except BreakSignal as signal:
            return signal.value
        except RunError as error:
            error.locate(at)
            raise
        return None

    return repeat


def _iterate(value: object, at: Position) -> Iterable[object]:
    """What a `for` loop walks over."""
    if isinstance(value, (list, Range, range, FloatSteps)):
        return value
    if type(value) is str:
        return map(Char, value)
    raise RunError("ErrorFor", "For loop expects iterable type", at)
