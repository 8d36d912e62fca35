"""The tree of a parsed script. Every node knows its place."""

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


class Let(Node):
    """`let` and `const`; a constant of the script itself is also `global::name`."""

    __slots__ = ("is_global", "value", "variable")

    def __init__(
        self, at: Position, variable: Variable, value: Node | None, is_global: bool
    ) -> None:
        super().__init__(at)
        self.variable = variable
        self.value = value
        self.is_global = is_global


class Assign(Node):
    """`target = value`, or with the operator of `+=` and the like."""

    __slots__ = ("operator", "target", "value")

    def __init__(self, at: Position, target: Node, operator: str, value: Node) -> None:
        super().__init__(at)
        self.target = target
        self.operator = operator
        self.value = value


class Block(Node):
    """Statements between braces; its value is that of the last one."""

    __slots__ = ("statements",)

    def __init__(self, at: Position, statements: list[Node]) -> None:
        super().__init__(at)
        self.statements = statements


class If(Node):
    """`if condition { … } else …`"""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, at: Position, condition: Node, then: Node, otherwise: Node | None) -> None:
        super().__init__(at)
        self.condition = condition
        self.then = then
        self.otherwise = otherwise


class While(Node):
    """`while condition { … }`; `loop` has no condition."""

    __slots__ = ("body", "condition")

    def __init__(self, at: Position, condition: Node | None, body: Node) -> None:
        super().__init__(at)
        self.condition = condition
        self.body = body


class DoWhile(Node):
    """`do { … } while condition`, or `until condition`, which stops when it holds."""

    __slots__ = ("body", "condition", "until")

    def __init__(self, at: Position, body: Node, condition: Node, until: bool) -> None:
        super().__init__(at)
        self.body = body
        self.condition = condition
        self.until = until


class For(Node):
    """`for item in iterable { … }`, with a counter as `for (item, counter) in iterable`."""

    __slots__ = ("body", "counter", "item", "iterable")

    def __init__(
        self, at: Position, item: Variable, counter: Variable | None, iterable: Node, body: Node
    ) -> None:
        super().__init__(at)
        self.item = item
        self.counter = counter
        self.iterable = iterable
        self.body = body


class Arm(Node):
    """One case of a switch: labels, an optional guard, and what to do."""

    __slots__ = ("body", "guard", "labels")

    def __init__(self, at: Position, labels: list[object], guard: Node | None, body: Node) -> None:
        super().__init__(at)
        self.labels = labels
        self.guard = guard
        self.body = body


class Switch(Node):
    """`switch value { label => …, _ => … }`"""

    __slots__ = ("arms", "default", "subject")

    def __init__(self, at: Position, subject: Node, arms: list[Arm], default: Node | None) -> None:
        super().__init__(at)
        self.subject = subject
        self.arms = arms
        self.default = default


class Leave(Node):
    """`break`, `continue`, `return` and `throw`; `kind` is the keyword."""

    __slots__ = ("kind", "value")

    def __init__(self, at: Position, kind: str, value: Node | None) -> None:
        super().__init__(at)
        self.kind = kind
        self.value = value


class Try(Node):
    """`try { … } catch (variable) { … }`"""

    __slots__ = ("body", "handler", "variable")

    def __init__(self, at: Position, body: Node, variable: Variable | None, handler: Node) -> None:
        super().__init__(at)
        self.body = body
        self.variable = variable
        self.handler = handler


class FunctionNode(Node):
    """`fn name(parameters) { body }`"""

    __slots__ = ("body", "name", "parameters", "size")

    def __init__(
        self, at: Position, name: str, parameters: list[Variable], body: Node, size: int
    ) -> None:
        super().__init__(at)
        self.name = name
        self.parameters = parameters
        self.body = body
        self.size = size


class Script(Node):
    """A whole script: its statements, its functions by name and number of parameters."""

    __slots__ = ("body", "functions", "size")

    def __init__(
        self, body: Block, functions: dict[tuple[str, int], FunctionNode], size: int
    ) -> None:
        super().__init__(body.at)
        self.body = body
        self.functions = functions
        self.size = size
