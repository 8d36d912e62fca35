"""The parser for statements."""

from __future__ import annotations

from ringlet.scripting.rhai.syntax import nodes, tokens
from ringlet.scripting.rhai.syntax.checks import require_bool, require_target
from ringlet.scripting.rhai.syntax.nodes import Node
from ringlet.scripting.rhai.syntax.switches import SwitchParser

# Statements that end with their closing brace and need no semicolon.
_SELF_CLOSING = (
    nodes.Block,
    nodes.If,
    nodes.While,
    nodes.For,
    nodes.Switch,
    nodes.Try,
)


class StatementParser(SwitchParser):
    """Parses statements and blocks of them; functions come from the class below."""

    def parse_function(self, closer: str) -> None:
        """A function, in statements that end with `closer`."""
        raise NotImplementedError

    def parse_block(self, purpose: str) -> nodes.Block:
        """Statements between braces, in a scope of their own."""
        at = self.expect("{", "to start a block").at
        depth = self.deepen()
        self.scope.blocks.append({})
        statements = self.parse_statements("}")
        self.expect("}", purpose)
        self.scope.blocks.pop()
        self.rise(depth)
        return nodes.Block(at, statements)

    def parse_statements(self, closer: str) -> list[Node]:
        """Statements up to the closer, with the semicolons between them."""
        statements: list[Node] = []
        while self.token.kind not in (closer, tokens.END):
            if self.accept(";"):
                continue
            if self.token.kind in ("fn", "private"):
                self.parse_function(closer)
                continue
            # `if`, `{…}` and the like at the start end there: `{1} + 2` is two statements.
            statement = self.parse_statement()
            statements.append(statement)
            if self.token.kind not in (closer, ";", tokens.END) and not isinstance(
                statement, _SELF_CLOSING
            ):
                if self.token.kind in tokens.RESERVED_SYMBOLS:
                    self.unexpected()
                self.fail("MissingToken", "Expecting ';' to terminate this statement")
        return statements

    def parse_statement(self) -> Node:
        """One statement, without the semicolon that ends it."""
        at = self.token.at
        match self.token.kind:
            case "{":
                return self.parse_block("to close this block")
            case "if":
                return self._parse_if()
            case "let" | "const":
                return self._parse_let()
            case "switch":
                return self.parse_switch()
            case "while" | "loop" | "do":
                return self._parse_loop()
            case "for":
                return self._parse_for()
            case "break" | "continue" | "return" | "throw":
                return self._parse_leave()
            case "try":
                return self._parse_try()
            case "import" | "export" as word:
                self.refuse(f"'{word}'", at)
            case "fn" | "private":
                self.fail("WrongFnDefinition", "Functions are defined at the top of a script only")
        return self._parse_assignment()

    def _parse_assignment(self) -> Node:
        target = self.parse_expression()
        if self.token.kind not in tokens.ASSIGNMENTS:
            return target
        operator = self.advance()
        require_target(target)
        value = self.parse_expression()
        return nodes.Assign(operator.at, target, operator.kind[:-1], value)

    def _parse_let(self) -> Node:
        keyword = self.advance()
        name = str(self.expect_variable("the name of a variable").value)
        value = self.parse_expression() if self.accept("=") else None
        constant = keyword.kind == "const"
        is_global = constant and len(self.scope.blocks) == 1 and self._at_top()
        variable = self.scope.declare(name, constant)
        return nodes.Let(keyword.at, variable, value, is_global)

    def _at_top(self) -> bool:
        return not self.in_function and self.scope.outer is None

    def _parse_condition(self) -> Node:
        condition = self.parse_expression()
        require_bool(condition)
        return condition

    def _parse_if(self) -> Node:
        depth = self.deepen()
        at = self.advance().at
        condition = self._parse_condition()
        then = self.parse_block("to close this 'if'")
        otherwise: Node | None = None
        if self.accept("else"):
            if self.token.kind == "if":
                otherwise = self._parse_if()
            else:
                otherwise = self.parse_block("to close this 'else'")
        self.rise(depth)
        return nodes.If(at, condition, then, otherwise)

    def _parse_body(self) -> Node:
        self.scope.loops += 1
        body = self.parse_block("to close this loop")
        self.scope.loops -= 1
        return body

    def _parse_loop(self) -> Node:
        keyword = self.advance()
        if keyword.kind == "while":
            condition = self._parse_condition()
            return nodes.While(keyword.at, condition, self._parse_body())
        body = self._parse_body()
        if keyword.kind == "loop":
            return nodes.While(keyword.at, None, body)
        if self.token.kind not in ("while", "until"):
            self.fail("MissingToken", "Expecting 'while' or 'until' after the body of 'do'")
        until = self.advance().kind == "until"
        return nodes.DoWhile(keyword.at, body, self._parse_condition(), until)

    def _parse_for(self) -> Node:
        at = self.advance().at
        names: list[str] = []
        if self.accept("("):
            names.append(self._parse_loop_name())
            self.expect(",", "to separate the names of the loop")
            names.append(self._parse_loop_name(names[0]))
            self.expect(")", "to close the names of the loop")
        else:
            names.append(self._parse_loop_name())
        self.expect("in", "after the name of the loop")
        iterable = self.parse_expression()
        self.scope.blocks.append({})
        item = self.scope.declare(names[0])
        counter = self.scope.declare(names[1]) if names[1:] else None
        body = self._parse_body()
        self.scope.blocks.pop()
        return nodes.For(at, item, counter, iterable, body)

    def _parse_loop_name(self, other: str = "") -> str:
        token = self.expect_variable("the name of a variable")
        if token.value == other:
            self.fail("DuplicatedVariable", f"Duplicated variable {other}", token.at)
        return str(token.value)

    def _parse_leave(self) -> Node:
        keyword = self.advance()
        kind = keyword.kind
        if kind in ("break", "continue") and not self.scope.loops:
            message = f"{kind.capitalize()} statement should only be used inside a loop"
            self.fail("LoopBreak", message, keyword.at)
        value = None
        if kind != "continue" and self.token.kind not in (";", "}", ",", ")", tokens.END):
            value = self.parse_expression()
        return nodes.Leave(keyword.at, kind, value)

    def _parse_try(self) -> Node:
        at = self.advance().at
        body = self.parse_block("to close this 'try'")
        self.expect("catch", "after the body of 'try'")
        self.scope.blocks.append({})
        variable = None
        if self.accept("("):
            name = self.expect_variable("the name of a variable")
            self.expect(")", "to close the name of the error")
            variable = self.scope.declare(str(name.value))
        handler = self.parse_block("to close this 'catch'")
        self.scope.blocks.pop()
        return nodes.Try(at, body, variable, handler)
