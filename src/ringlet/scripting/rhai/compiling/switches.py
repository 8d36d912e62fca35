"""`switch`: a table of labels, then ranges in order, then the default."""

from __future__ import annotations

from collections.abc import Hashable

from ringlet.scripting.rhai.compiling.operations import compile_condition
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.values.comparison import switch_key
from ringlet.scripting.rhai.values.copying import measure
from ringlet.scripting.rhai.values.kinds import Range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler

Branch = tuple[Step | None, Step]
"""Guard and body of a case."""


def compile_switch(compiler: Compiler, node: nodes.Switch) -> Step:
    """`switch value { label if guard => …, _ => … }`"""
    subject = compiler.compile(node.subject)
    default = compiler.compile(node.default) if node.default else None
    table: dict[Hashable, list[Branch]] = {}
    ranges: list[tuple[Range, Branch]] = []
    for arm in node.arms:
        guard = compile_condition(compiler, arm.guard) if arm.guard else None
        branch = guard, compiler.compile(arm.body)
        for label in arm.labels:
            table.setdefault(switch_key(label), []).append(branch)
            if isinstance(label, Range):
                ranges.append((label, branch))

    def choose(frame: Frame) -> object:
        value = subject(frame)
        if isinstance(value, (list, dict)):
            frame.machine.charge(measure(value, frame.machine.limits) >> 3)
        for guard, body in table.get(switch_key(value), ()):
            if guard is None or guard(frame):
                return body(frame)
        if ranges and isinstance(value, (int, float)) and type(value) is not bool:
            frame.machine.charge(len(ranges) >> 3)
            for span, (guard, body) in ranges:
                if _covers(span, value) and (guard is None or guard(frame)):
                    return body(frame)
        return default(frame) if default else None

    return choose


def _covers(span: Range, value: float) -> bool:
    return span.start <= value < span.end or (span.inclusive and value == span.end)
