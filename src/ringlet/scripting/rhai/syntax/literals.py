"""The parser for what encloses other expressions: arrays, maps, templates, closures."""

from __future__ import annotations

from ringlet.scripting.rhai.syntax import nodes, tokens
from ringlet.scripting.rhai.syntax.nodes import Node
from ringlet.scripting.rhai.syntax.scopes import Variable
from ringlet.scripting.rhai.syntax.stream import TokenStream


class LiteralParser(TokenStream):
    """Parses literals; what they enclose comes from the classes below."""

    def parse_expression(self) -> Node:
        """A whole expression."""
        raise NotImplementedError

    def parse_statement(self) -> Node:
        """One statement, without what ends it."""
        raise NotImplementedError

    def parse_block(self, purpose: str) -> nodes.Block:
        """Statements between braces, in a scope of their own."""
        raise NotImplementedError

    def parse_items(self, closer: str, purpose: str) -> list[Node]:
        """Expressions with commas between them, up to the closer."""
        items: list[Node] = []
        while not self.accept(closer):
            items.append(self.parse_expression())
            if self.token.kind != closer:
                if self.token.kind != ",":
                    self.fail("MissingToken", f"Expecting '{closer}' {purpose}")
                self.advance()
        return items

    def parse_entries(self) -> dict[str, Node]:
        """The keys and values of a map, behind its `#{`."""
        entries: dict[str, Node] = {}
        while not self.accept("}"):
            at = self.token.at
            key = self._parse_key()
            if key in entries:
                self.fail("DuplicatedProperty", f"Duplicated property '{key}'", at)
            self.expect(":", f"after the property '{key}'")
            entries[key] = self.parse_expression()
            if self.token.kind != "}":
                self.expect(",", "to separate the properties of this map")
        return entries

    def _parse_key(self) -> str:
        if self.token.kind == tokens.TEMPLATE:
            template = self.parse_template()
            if isinstance(template, nodes.Literal):
                return str(template.value)
            self.fail("PropertyExpected", "Expecting the name of a property", template.at)
        if self.token.kind == tokens.STRING:
            return str(self.advance().value)
        return str(self.expect_name("PropertyExpected", "the name of a property").value)

    def parse_parentheses(self) -> Node:
        """`(expression)`, or `()` without a blank, which is unit."""
        depth = self.deepen()
        opener = self.advance()
        if self.token.kind == ")" and self.token.at == (opener.at[0], opener.at[1] + 1):
            self.advance()
            inner: Node = nodes.Literal(opener.at, None)
        else:
            inner = self.parse_expression()
            self.expect(")", "to close this parenthesis")
        self.rise(depth)
        return inner

    def parse_template(self) -> Node:
        """Text between backticks with `${…}` in it."""
        depth = self.deepen()
        opener = self.advance()
        parts: list[Node] = []
        while not self.accept(tokens.TEMPLATE_END):
            token = self.token
            if self.accept(tokens.TEMPLATE_TEXT):
                parts.append(nodes.Literal(token.at, token.value))
            else:
                parts.append(self.parse_block("to close this interpolation"))
        self.rise(depth)
        if not parts:
            return nodes.Literal(opener.at, "")
        if len(parts) == 1 and isinstance(parts[0], nodes.Literal):
            return nodes.Literal(opener.at, parts[0].value)
        return nodes.Template(opener.at, parts)

    def parse_closure(self) -> Node:
        """`|a, b| body`"""
        depth = self.deepen()
        opener = self.advance()
        around = self.enter_function(self.scope, self.scope.sees_host)
        parameters = [] if opener.kind == "||" else self.parse_parameters("|", "closure")
        body = self.parse_statement()
        scope = self.scope
        self.leave_function(around)
        self.rise(depth)
        return nodes.Closure(opener.at, parameters, scope.captures, body, scope.size)

    def parse_parameters(self, closer: str, owner: str) -> list[Variable]:
        """Names of parameters up to the closer, declared in the current function scope."""
        parameters: list[Variable] = []
        while not self.accept(closer):
            token = self.expect_variable("the name of a parameter")
            name = str(token.value)
            if any(parameter.name == name for parameter in parameters):
                message = f"Duplicated parameter {name} for {owner}"
                self.fail("FnDuplicatedParam", message, token.at)
            parameters.append(self.scope.declare(name))
            if self.token.kind != closer:
                self.expect(",", f"to separate the parameters of {owner}")
        return parameters
