"""Nodes of a parsed script that are expressions. Every node knows its place."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import Position
from ringlet.scripting.rhai.syntax.scopes import Variable


class Node:
    """A statement or expression. In this language almost every statement has a value."""

    __slots__ = ("at",)

    def __init__(self, at: Position) -> None:
        self.at = at


class Literal(Node):
    """A constant value: unit, bool, number, character or string."""

    __slots__ = ("value",)

    def __init__(self, at: Position, value: object) -> None:
        super().__init__(at)
        self.value = value


class Template(Node):
    """Text with interpolations: literals and blocks in turn."""

    __slots__ = ("parts",)

    def __init__(self, at: Position, parts: list[Node]) -> None:
        super().__init__(at)
        self.parts = parts


class ArrayLiteral(Node):
    """`[a, b]`"""

    __slots__ = ("items",)

    def __init__(self, at: Position, items: list[Node]) -> None:
        super().__init__(at)
        self.items = items


class MapLiteral(Node):
    """`#{key: value}`"""

    __slots__ = ("entries",)

    def __init__(self, at: Position, entries: dict[str, Node]) -> None:
        super().__init__(at)
        self.entries = entries


class LocalName(Node):
    """A variable of the script."""

    __slots__ = ("variable",)

    def __init__(self, at: Position, variable: Variable) -> None:
        super().__init__(at)
        self.variable = variable


class OuterName(Node):
    """A name the script does not declare: a variable of the host, or a function as a value."""

    __slots__ = ("name", "sees_host")

    def __init__(self, at: Position, name: str, sees_host: bool) -> None:
        super().__init__(at)
        self.name = name
        self.sees_host = sees_host


class GlobalConstant(Node):
    """`global::NAME`"""

    __slots__ = ("name",)

    def __init__(self, at: Position, name: str) -> None:
        super().__init__(at)
        self.name = name


class This(Node):
    """The object of a method call."""

    __slots__ = ()


class Unary(Node):
    """`-x`, `+x`, `!x`"""

    __slots__ = ("operand", "operator")

    def __init__(self, at: Position, operator: str, operand: Node) -> None:
        super().__init__(at)
        self.operator = operator
        self.operand = operand


class Binary(Node):
    """`a + b` and all operators that always evaluate both sides."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, at: Position, operator: str, left: Node, right: Node) -> None:
        super().__init__(at)
        self.operator = operator
        self.left = left
        self.right = right


class Logical(Binary):
    """`a && b`, `a || b`, `a ?? b`: the right side may never run."""

    __slots__ = ()


class Call(Node):
    """`name(arguments)`; with a module also `module::name(arguments)`."""

    __slots__ = ("arguments", "module", "name")

    def __init__(self, at: Position, module: str, name: str, arguments: list[Node]) -> None:
        super().__init__(at)
        self.module = module
        self.name = name
        self.arguments = arguments


class Link(Node):
    """One step of a chain. An optional one (`?.`, `?[`) ends the chain at unit."""

    __slots__ = ("optional",)

    def __init__(self, at: Position, optional: bool) -> None:
        super().__init__(at)
        self.optional = optional


class Property(Link):
    """`.name`"""

    __slots__ = ("name",)

    def __init__(self, at: Position, optional: bool, name: str) -> None:
        super().__init__(at, optional)
        self.name = name


class Index(Link):
    """`[key]`"""

    __slots__ = ("key",)

    def __init__(self, at: Position, optional: bool, key: Node) -> None:
        super().__init__(at, optional)
        self.key = key


class Method(Link):
    """`.name(arguments)`"""

    __slots__ = ("arguments", "name")

    def __init__(self, at: Position, optional: bool, name: str, arguments: list[Node]) -> None:
        super().__init__(at, optional)
        self.name = name
        self.arguments = arguments


class Chain(Node):
    """A value followed by properties, indexes and methods: `a.b[c].d()`."""

    __slots__ = ("links", "root")

    def __init__(self, at: Position, root: Node, links: list[Link]) -> None:
        super().__init__(at)
        self.root = root
        self.links = links


class Closure(Node):
    """`|a, b| body`, with pairs of captured variables: the outer one and its copy inside."""

    __slots__ = ("body", "captures", "parameters", "size")

    def __init__(
        self,
        at: Position,
        parameters: list[Variable],
        captures: list[tuple[Variable, Variable]],
        body: Node,
        size: int,
    ) -> None:
        super().__init__(at)
        self.parameters = parameters
        self.captures = captures
        self.body = body
        self.size = size
