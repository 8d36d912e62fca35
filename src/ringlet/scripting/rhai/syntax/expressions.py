"""The parser for expressions: operators by precedence, chains of members, names."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import Position
from ringlet.scripting.rhai.syntax import nodes, tokens
from ringlet.scripting.rhai.syntax.checks import require_bool, require_index
from ringlet.scripting.rhai.syntax.literals import LiteralParser
from ringlet.scripting.rhai.syntax.nodes import Link, Node
from ringlet.scripting.rhai.syntax.numbers import LARGEST, SMALLEST
from ringlet.scripting.rhai.syntax.tokens import PRECEDENCE

_CLOSERS = frozenset({")", "]", "}", ",", ";", "{", "=>", tokens.END})
_RANGES = ("..", "..=")
_CONSTANTS = {"true": True, "false": False}
_VALUES = (tokens.INTEGER, tokens.FLOAT, tokens.CHAR, tokens.STRING)
_STATEMENTS = frozenset("if switch while loop do for break continue return throw".split())
_UNSUPPORTED_CALLS = frozenset("eval is_def_var is_def_fn is_shared".split())


class ExpressionParser(LiteralParser):
    """Parses operators, chains and names."""

    def parse_expression(self) -> Node:
        """A whole expression."""
        depth = self.deepen()
        if self.token.kind in _RANGES:
            left: Node = nodes.Literal(self.token.at, 0)
        else:
            left = self.parse_operand()
        expression = self.parse_operators(left, 0)
        self.rise(depth)
        return expression

    def parse_operators(self, left: Node, floor: int) -> Node:
        """Operators behind `left` that bind tighter than `floor`. Long chains count as deep."""
        depth = self.deepen()
        while PRECEDENCE.get(self.token.kind, 0) > floor:
            operator = self.advance()
            precedence = PRECEDENCE[operator.kind]
            if operator.kind in _RANGES and self.token.kind in _CLOSERS:
                right: Node = nodes.Literal(self.token.at, LARGEST)
            else:
                right = self.parse_operand()
                # A power takes the next power into its right side: 2 ** 3 ** 2 is 2 ** 9.
                right_floor = precedence - 1 if operator.kind == "**" else precedence
                if PRECEDENCE.get(self.token.kind, 0) > right_floor:
                    right = self.parse_operators(right, right_floor)
            left = self._join(operator.kind, left, right, operator.at)
            self.deepen()
        self.rise(depth)
        return left

    def _join(self, operator: str, left: Node, right: Node, at: Position) -> Node:
        if operator in ("&&", "||"):
            require_bool(left)
            require_bool(right)
        if operator in ("&&", "||", "??"):
            return nodes.Logical(at, operator, left, right)
        return nodes.Binary(at, operator, left, right)

    def parse_operand(self) -> Node:
        if self.token.kind not in ("-", "+", "!"):
            return self._parse_chain()
        depth = self.deepen()
        operator = self.advance()
        operand = self.parse_operand()
        self.rise(depth)
        if operator.kind == "-" and isinstance(operand, nodes.Literal):
            value = operand.value
            if type(value) is float or (type(value) is int and value != SMALLEST):
                return nodes.Literal(operator.at, -value)
        return nodes.Unary(operator.at, operator.kind, operand)

    def _parse_chain(self) -> Node:
        root = self._parse_primary()
        links: list[Link] = []
        if isinstance(root, nodes.Chain) and not any(link.optional for link in root.links):
            # Parentheses around a chain change nothing: (a.b).c is a.b.c.
            links.extend(root.links)
            root = root.root
        while self.token.kind in (".", "?.", "[", "?["):
            token = self.advance()
            optional = token.kind.startswith("?")
            if token.kind.endswith("["):
                key = self.parse_expression()
                if not links:
                    require_index(root, key)
                self.expect("]", "to close this index")
                links.append(nodes.Index(key.at, optional, key))
            else:
                links.append(self._parse_member(optional))
        return nodes.Chain(root.at, root, links) if links else root

    def _parse_member(self, optional: bool) -> Link:
        name = self.expect_name("PropertyExpected", "the name of a property")
        word = str(name.value)
        if self.token.kind != "(":
            return nodes.Property(name.at, optional, word)
        if word in _UNSUPPORTED_CALLS:
            self.refuse(f"{word}()", name.at)
        return nodes.Method(name.at, optional, word, self._parse_arguments())

    def _parse_arguments(self) -> list[Node]:
        self.expect("(", "to start the arguments")
        return self.parse_items(")", "to close the arguments of this call")

    def _parse_primary(self) -> Node:
        token = self.token
        kind = token.kind
        if kind in _VALUES:
            self.advance()
            return nodes.Literal(token.at, token.value)
        if kind in _CONSTANTS:
            self.advance()
            return nodes.Literal(token.at, _CONSTANTS[kind])
        if kind == tokens.NAME:
            return self._parse_name()
        if kind == "(":
            return self.parse_parentheses()
        if kind == tokens.TEMPLATE:
            return self.parse_template()
        if kind in ("|", "||"):
            return self.parse_closure()
        if kind == "this":
            return self._parse_this()
        return self._parse_nested()

    def _parse_nested(self) -> Node:
        """The expressions that hold others and so go one level deeper."""
        depth = self.deepen()
        at = self.token.at
        node: Node
        if self.token.kind == "{":
            node = self.parse_block("to close this block")
        elif self.token.kind in _STATEMENTS:
            node = self.parse_statement()
        elif self.accept("["):
            node = nodes.ArrayLiteral(at, self.parse_items("]", "to close this array"))
        elif self.accept("#{"):
            node = nodes.MapLiteral(at, self.parse_entries())
        else:
            self.unexpected()
        self.rise(depth)
        return node

    def _parse_name(self) -> Node:
        token = self.advance()
        name = str(token.value)
        if self.token.kind == "::":
            return self._parse_path(name, token.at)
        if self.token.kind == "(":
            if name in _UNSUPPORTED_CALLS:
                self.refuse(f"{name}()", token.at)
            return nodes.Call(token.at, "", name, self._parse_arguments())
        variable = self.scope.find(name)
        if self.token.kind == "!":
            self.refuse("A call in the caller's scope, 'f!(…)',", token.at)
        if variable is None:
            return nodes.OuterName(token.at, name, self.scope.sees_host)
        return nodes.LocalName(token.at, variable)

    def _parse_path(self, first: str, at: Position) -> Node:
        """`module::name(…)` or `global::NAME`."""
        path = [first]
        while self.accept("::"):
            token = self.expect_name("VariableExpected", "a name after '::'")
            path.append(str(token.value))
        module, name = "::".join(path[:-1]), path[-1]
        if self.token.kind == "(":
            return nodes.Call(at, module, name, self._parse_arguments())
        if module == "global":
            return nodes.GlobalConstant(at, name)
        return nodes.Call(at, module, name, [])

    def _parse_this(self) -> Node:
        token = self.advance()
        if not self.in_function and self.scope.outer is None:
            self.fail("Reserved", "'this' means nothing outside of a function", token.at)
        return nodes.This(token.at)
