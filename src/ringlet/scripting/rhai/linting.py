"""Remarks on scripts that parse and yet do not do what their author thinks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ringlet.scripting.rhai.errors import ParseError, Position
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.nodes import Node
from ringlet.scripting.rhai.syntax.parser import parse

# Methods that change what they are called on and have no value.
_CHANGING = frozenset(
    "append clear crop dedup fill_with insert make_lower make_upper mixin order order_desc pad"
    " push replace reverse sort sort_by sort_desc trim truncate".split()
)
_INTERPOLATION = re.compile(r"\$\{\s*[a-z_][a-z0-9_]*(?:[.\[][^}]*)?\}")
_FREE = "custom"
"""The key of a host's map in which anything may stand."""


class Remark:
    """What looks wrong, and where."""

    __slots__ = ("message", "position")

    def __init__(self, position: Position, message: str) -> None:
        self.position = position
        self.message = message


def lint(text: str, scope: Mapping[str, object]) -> list[Remark]:
    """Remarks on a script that is given `scope`, in the order of the text.

    A text that does not parse gets none: its error says more.
    """
    try:
        script = parse(text)
    except ParseError:
        return []
    linter = _Linter(scope, {name for name, _ in script.functions})
    found: list[Remark] = []
    for body in (script.body, *(function.body for function in script.functions.values())):
        linter.closures = _closures(body)
        found += linter.look(body)
    return sorted(found, key=lambda remark: remark.position)


class _Linter:
    def __init__(self, scope: Mapping[str, object], functions: set[str]) -> None:
        self._scope = scope
        self._functions = functions
        self.closures: frozenset[str] = frozenset()

    def look(self, node: Node) -> Iterator[Remark]:
        """Remarks on a node and all below it."""
        for value in _values(node):
            yield from self._look_at_value(value)
        match node:
            case nodes.Chain():
                yield from self._look_at_path(node)
            case nodes.Call():
                yield from self._look_at_call(node)
            case nodes.Literal(value=str(text)) if _INTERPOLATION.search(text):
                message = '"…" fills in no ${…}; put the text between backticks for that'
                yield Remark(node.at, message)
        for child in _children(node):
            yield from self.look(child)

    def _look_at_value(self, value: Node) -> Iterator[Remark]:
        """A value that is the result of a method which has none."""
        if not isinstance(value, nodes.Chain):
            return
        last = value.links[-1]
        if isinstance(last, nodes.Method) and last.name in _CHANGING - self._functions:
            message = f"{last.name}() changes its object and has the value (): use it on a line of"
            yield Remark(last.at, f"{message} its own, then take the object")

    def _look_at_path(self, chain: nodes.Chain) -> Iterator[Remark]:
        """A path into the host's variables that leads nowhere."""
        if not isinstance(chain.root, nodes.OuterName) or chain.root.name not in self._scope:
            return
        path, value = chain.root.name, self._scope[chain.root.name]
        for link in chain.links:
            if not isinstance(link, nodes.Property) or not isinstance(value, Mapping):
                return
            path += f".{link.name}"
            if link.name not in value:
                yield Remark(link.at, f"{path} is not given to scripts: it always is ()")
                return
            if link.name == _FREE:
                return
            value = value[link.name]

    def _look_at_call(self, call: nodes.Call) -> Iterator[Remark]:
        """A call of a variable: a closure is called by a method of its own."""
        if call.module or call.name in self._functions:
            return
        if call.name in self.closures:
            yield Remark(call.at, f"{call.name} is a closure in a variable: {call.name}.call(…)")
        elif call.name in self._scope:
            yield Remark(call.at, f"{call.name} is a variable, not a function")


def _closures(node: Node) -> frozenset[str]:
    """Names of the variables that begin as a closure, anywhere below."""
    own = frozenset[str]()
    if isinstance(node, nodes.Let) and isinstance(node.value, nodes.Closure):
        own = frozenset({node.variable.name})
    return own.union(*map(_closures, _children(node)))


def _values(node: Node) -> Iterator[Node]:
    """The nodes below whose value is used for something."""
    match node:
        case nodes.Let(value=Node() as value) | nodes.Assign(value=value):
            yield value
        case nodes.Call(arguments=items) | nodes.ArrayLiteral(items=items):
            yield from items
        case nodes.Chain():
            for link in node.links:
                if isinstance(link, nodes.Method):
                    yield from link.arguments
        case nodes.MapLiteral(entries=entries):
            yield from entries.values()
        case nodes.Binary(left=left, right=right):
            yield from (left, right)
        case nodes.If(condition=condition):
            yield condition
        case nodes.For(iterable=iterable):
            yield iterable
        case nodes.Leave(kind="return", value=Node() as value):
            yield value


def _children(node: Node) -> Iterator[Node]:
    """The nodes right below, in the order of the text."""
    for kind in type(node).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            value = getattr(node, slot)
            if isinstance(value, dict):
                value = list(value.values())
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, Node):
                    yield item
