"""Functions on ranges, and stepped ranges for loops."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import FLOAT, INT, RANGE, getter, reads
from ringlet.scripting.rhai.running.faults import arithmetic
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.kinds import FloatSteps, Range


@getter("start", RANGE)
def start(machine: Machine, span: Range) -> int:
    return span.start


@getter("end", RANGE)
def end(machine: Machine, span: Range) -> int:
    return span.end


@getter("is_inclusive", RANGE)
def is_inclusive(machine: Machine, span: Range) -> bool:
    return span.inclusive


@getter("is_exclusive", RANGE)
def is_exclusive(machine: Machine, span: Range) -> bool:
    return not span.inclusive


@getter("is_empty", RANGE)
def is_empty(machine: Machine, span: Range) -> bool:
    return span.stop <= span.start


@reads("contains", RANGE, INT)
def contains(machine: Machine, span: Range, value: int) -> bool:
    return span.start <= value < span.stop


@reads("range", INT, INT)
def make_range(machine: Machine, first: int, stop: int) -> Range:
    return Range(first, stop, False)


@reads("range", INT, INT, INT)
def make_steps(machine: Machine, first: int, stop: int, step: int) -> range:
    if step == 0:
        raise arithmetic("step value cannot be zero")
    return range(first, stop, step)


@reads("range", RANGE, INT)
def make_steps_of(machine: Machine, span: Range, step: int) -> range:
    return make_steps(machine, span.start, span.end, step)


@reads("range", FLOAT, FLOAT, FLOAT)
def make_float_steps(machine: Machine, first: float, stop: float, step: float) -> FloatSteps:
    if not step or step != step:
        raise arithmetic("step value cannot be zero")
    return FloatSteps(first, stop, step)
