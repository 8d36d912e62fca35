"""Which values belong to nobody else, so that storing them needs no copy."""

from __future__ import annotations

from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.nodes import Node

_FRESH = (
    nodes.Literal,
    nodes.Template,
    nodes.ArrayLiteral,
    nodes.MapLiteral,
    nodes.Unary,
    nodes.Call,
    nodes.Closure,
    nodes.Let,
    nodes.Assign,
    nodes.Try,
    nodes.Leave,
)


def is_fresh(node: Node) -> bool:
    """Whether the value of a node is always new, or of a kind that never changes."""
    match node:
        case nodes.Logical():
            return node.operator != "??"
        case nodes.Chain():
            return isinstance(node.links[-1], nodes.Method)
        case nodes.Block():
            return not node.statements or is_fresh(node.statements[-1])
        case nodes.If():
            return is_fresh(node.then) and (node.otherwise is None or is_fresh(node.otherwise))
    return isinstance(node, (*_FRESH, nodes.Binary))


def return_tail(node: Node) -> Node:
    """The body of a function with `return` removed where the function ends anyway."""
    match node:
        case nodes.Leave(kind="return"):
            return node.value or nodes.Literal(node.at, None)
        case nodes.Block() if node.statements:
            *first, last = node.statements
            return nodes.Block(node.at, [*first, return_tail(last)])
        case nodes.If():
            otherwise = return_tail(node.otherwise) if node.otherwise else None
            return nodes.If(node.at, node.condition, return_tail(node.then), otherwise)
    return node
