"""Chains: properties, indexes and methods, one after the other, on a place."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.scripting.rhai.compiling.names import compile_place
from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.running.access import (
    find_index,
    find_property,
    read_property,
)
from ringlet.scripting.rhai.running.functions import Frame, Step
from ringlet.scripting.rhai.running.spots import Spot
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.nodes import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ringlet.scripting.rhai.compiling.compiler import Compiler

Operands = Callable[[Frame], list[object]]
Follow = Callable[[Frame, Spot, list[object]], Spot]
"""Goes one link on from a place, with the operands of the link."""


def compile_chain(compiler: Compiler, node: nodes.Chain) -> Step:
    """The value at the end of a chain."""
    compiler.nodes += len(node.links)
    if all(isinstance(link, nodes.Property) and not link.optional for link in node.links):
        return _compile_properties(compiler, node)
    locate = compile_chain_place(compiler, node)

    def read(frame: Frame) -> object:
        spot = locate(frame)
        return None if spot is None else spot.value

    return read


def _compile_properties(compiler: Compiler, node: nodes.Chain) -> Step:
    """`a.b.c`, by far the most frequent chain, needs no places."""
    root = compiler.compile(node.root)
    path = [(link.name, link.at) for link in node.links if isinstance(link, nodes.Property)]

    def read(frame: Frame) -> object:
        value = root(frame)
        for name, at in path:
            try:
                value = read_property(frame.machine, value, name)
            except RunError as error:
                error.locate(at)
                raise
        return value

    return read


def compile_chain_place(compiler: Compiler, node: nodes.Chain) -> Callable[[Frame], Spot | None]:
    """The place at the end of a chain; None if `?.` or `?[` met a unit.

    All indexes and arguments are computed first, then the root, then the links.
    """
    root = compile_place(compiler, node.root)
    links = [
        (link.optional, _compile_operands(compiler, link), _compile_link(link), link.at)
        for link in node.links
    ]

    def locate(frame: Frame) -> Spot | None:
        operands = [compute(frame) for _, compute, _, _ in links]
        spot = root(frame)
        for (optional, _, follow, at), given in zip(links, operands, strict=True):
            if optional and spot.value is None:
                return None
            try:
                spot = follow(frame, spot, given)
            except RunError as error:
                error.locate(at)
                raise
        return spot

    return locate


def _no_operands(frame: Frame) -> list[object]:
    return []


def _compile_operands(compiler: Compiler, link: Link) -> Operands:
    match link:
        case nodes.Index():
            steps = [compiler.compile(link.key)]
        case nodes.Method():
            steps = [compiler.compile(argument) for argument in link.arguments]
        case _:
            return _no_operands
    return lambda frame: [step(frame) for step in steps]


def _compile_link(link: Link) -> Follow:
    match link:
        case nodes.Property(name=name):
            return lambda frame, spot, operands: find_property(frame.machine, spot, name)
        case nodes.Method(name=name, at=at):
            return lambda frame, spot, operands: Spot(
                frame.machine.call_method(spot, name, operands, at)
            )
    return lambda frame, spot, operands: find_index(frame.machine, spot, operands[0])
