"""The parser for functions and whole scripts."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import ParseError
from ringlet.scripting.rhai.syntax import nodes, tokens
from ringlet.scripting.rhai.syntax.statements import StatementParser

LONGEST_SCRIPT = 1 << 17
"""Characters in a script. It may have many comments, but see `MOST_TOKENS`."""


def parse(text: str) -> nodes.Script:
    """The tree of a script. Raises ParseError."""
    if len(text) > LONGEST_SCRIPT:
        message = f"Script is too long: more than {LONGEST_SCRIPT} characters"
        raise ParseError("ScriptTooLong", message)
    try:
        return Parser(text).parse_script()
    except RecursionError:
        raise ParseError("ExprTooDeep", "Expression exceeds maximum complexity") from None


class Parser(StatementParser):
    """Parses the script as a whole and its functions."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._functions: dict[tuple[str, int], nodes.FunctionNode] = {}

    def parse_script(self) -> nodes.Script:
        """The whole script."""
        at = self.token.at
        statements = self.parse_statements(tokens.END)
        return nodes.Script(nodes.Block(at, statements), self._functions, self.scope.size)

    def parse_function(self, closer: str) -> None:
        """`fn name(parameters) { body }`, which may stand at the top of the script only."""
        self.accept("private")
        at = self.expect("fn", "after 'private'").at
        if closer != tokens.END:
            message = "Functions are defined at the top of a script only"
            self.fail("WrongFnDefinition", message, at)
        name = self._parse_function_name()
        depth = self.enter_body()
        around = self.enter_function(None, sees_host=False)
        self.expect("(", f"to start the parameters of function {name}")
        parameters = self.parse_parameters(")", f"function {name}")
        key = (name, len(parameters))
        if key in self._functions:
            message = f"Function {name} with {_count(len(parameters))} already exists"
            self.fail("FnDuplicatedDefinition", message, at)
        if self.token.kind != "{":
            self.fail("FnMissingBody", f"Expecting body of function {name}")
        body = self.parse_block(f"to close function {name}")
        size = self.scope.size
        self._functions[key] = nodes.FunctionNode(at, name, parameters, body, size)
        self.leave_function(around)
        self.leave_body(depth)

    def _parse_function_name(self) -> str:
        if self.token.kind == tokens.STRING:
            self.refuse("A function for one type")
        name = str(self.expect_name("FnMissingName", "a function name").value)
        if self.token.kind == ".":
            self.refuse("A function for one type")
        return name


def _count(parameters: int) -> str:
    return "1 parameter" if parameters == 1 else f"{parameters} parameters"
