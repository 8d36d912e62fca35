"""Nodes of a parsed script that are statements, and the script itself."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import Position
from ringlet.scripting.rhai.syntax.expression_nodes import Node
from ringlet.scripting.rhai.syntax.scopes import Variable


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
