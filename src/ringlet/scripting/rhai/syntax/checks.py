"""What can be told about an expression without running it."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import ParseError
from ringlet.scripting.rhai.syntax import nodes
from ringlet.scripting.rhai.syntax.nodes import Node
from ringlet.scripting.rhai.values.kinds import Char

_CALLED: dict[type, str] = {
    type(None): "()",
    bool: "a boolean",
    int: "a number",
    float: "a float",
    Char: "a character",
    str: "a string",
}


def kind_of(node: Node) -> str:
    """What the node plainly is, as in `a string`; empty if only running it can tell."""
    match node:
        case nodes.Literal():
            return _CALLED[type(node.value)]
        case nodes.Template():
            return "a string"
        case nodes.ArrayLiteral():
            return "an array"
        case nodes.MapLiteral():
            return "an object map"
        case nodes.Logical() if node.operator != "??":
            return "a boolean"
    return ""


def require_bool(node: Node) -> None:
    """Refuse a condition that plainly is no boolean."""
    kind = kind_of(node)
    if kind and kind != "a boolean":
        raise ParseError("MismatchedType", f"Expecting a boolean expression, not {kind}", node.at)


def require_index(base: Node, key: Node) -> None:
    """Refuse an index that plainly does not fit what it is used on."""
    kind = kind_of(key)
    if isinstance(base, nodes.MapLiteral):
        if kind and kind != "a string":
            _refuse_index(f"Object map expects string index, not {kind}", key)
    elif isinstance(base, (nodes.ArrayLiteral, nodes.Template)) or kind_of(base) == "a string":
        if kind and kind != "a number":
            _refuse_index(f"Array or string expects integer index, not {kind}", key)
    elif kind_of(base):
        _refuse_index(f"{kind_of(base).capitalize()} cannot be indexed", key)
    elif kind and kind not in ("a number", "a string"):
        _refuse_index(f"Index must be an integer or a string, not {kind}", key)


def _refuse_index(message: str, key: Node) -> None:
    raise ParseError("MalformedIndexExpr", message, key.at)


def require_target(target: Node) -> None:
    """Refuse to assign to anything but a variable, `this`, or something inside of one."""
    root = target
    if isinstance(target, nodes.Chain):
        for link in target.links:
            if isinstance(link, nodes.Method):
                _refuse_target(link)
        root = target.root
    match root:
        case nodes.LocalName() if root.variable.constant and root is target:
            message = f"Cannot assign to constant {root.variable.name}"
            raise ParseError("AssignmentToConstant", message, root.at)
        case nodes.LocalName() | nodes.OuterName() | nodes.This():
            return
        case nodes.Literal() if root is target:
            raise ParseError("AssignmentToConstant", "Cannot assign to a constant value", root.at)
    _refuse_target(root)


def _refuse_target(node: Node) -> None:
    raise ParseError("AssignmentToInvalidLHS", "Expression cannot be assigned to", node.at)
