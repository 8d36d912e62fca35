"""The parser's ground: tokens with one ahead, the open scopes, the depth of nesting."""

from __future__ import annotations

from collections.abc import Iterator

from ringlet.scripting.rhai.errors import ParseError, Position
from ringlet.scripting.rhai.syntax import tokens
from ringlet.scripting.rhai.syntax.scopes import FunctionScope
from ringlet.scripting.rhai.syntax.tokens import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

SCRIPT_DEPTH = 64
FUNCTION_DEPTH = 32
MOST_TOKENS = 5_000
"""Words, numbers and signs in a script: reading more would take longer than running them may."""


class TokenStream:
    """What all parts of the parser share."""

    def __init__(self, text: str) -> None:
        # Loaded by the first script: regular expressions take as long as all the rest.
        from ringlet.scripting.rhai.syntax.lexer import Lexer

        self._source: Iterator[Token] = Lexer(text).read()
        self.token = next(self._source)
        self.scope = FunctionScope(None, sees_host=True)
        self._count = 0
        self._depth = 0
        self._deepest = SCRIPT_DEPTH
        self.in_function = False

    def advance(self) -> Token:
        """Step over the current token and return it. The end of the script is never left."""
        token = self.token
        if token.kind != tokens.END:
            self.token = next(self._source)
            self._count += 1
            if self._count > MOST_TOKENS:
                message = f"Script is too long: more than {MOST_TOKENS} words and signs"
                self.fail("ScriptTooLong", message)
        return token

    def accept(self, kind: str) -> Token | None:
        """Step over the current token if it is of this kind."""
        return self.advance() if self.token.kind == kind else None

    def expect(self, kind: str, purpose: str) -> Token:
        """Step over a token that must be of this kind."""
        if self.token.kind != kind:
            self.fail("MissingToken", f"Expecting '{kind}' {purpose}")
        return self.advance()

    def expect_name(self, name: str, what: str) -> Token:
        """Step over a name; `what` is missing, under the error's `name`, if there is none."""
        if self.token.kind == tokens.RESERVED:
            word = self.token.value
            advice = (
                f': as a key write it in quotes, "{word}"' if name == "PropertyExpected" else ""
            )
            self.fail("Reserved", f"'{word}' is a reserved word{advice}")
        if self.token.kind != tokens.NAME:
            self.fail(name, f"Expecting {what}")
        return self.advance()

    def expect_variable(self, what: str) -> Token:
        """Step over a name that a variable may have."""
        token = self.expect_name("VariableExpected", what)
        if token.value in tokens.FUNCTION_WORDS:
            self.fail("Reserved", f"'{token.value}' is a reserved word", token.at)
        return token

    def fail(self, name: str, message: str, at: Position | None = None) -> NoReturn:
        """Raise a ParseError, at the current token unless told otherwise."""
        raise ParseError(name, message, at or self.token.at)

    def refuse(self, feature: str, at: Position | None = None) -> NoReturn:
        """Raise the error for a part of the language that configuration scripts do without."""
        self.fail("Unsupported", f"{feature} is not available in configuration scripts", at)

    def unexpected(self) -> NoReturn:
        """Raise the error for a token that nothing can begin with."""
        token = self.token
        if token.kind == tokens.END:
            self.fail("UnexpectedEOF", "Script is incomplete")
        if token.kind == tokens.RESERVED or token.kind in tokens.RESERVED_SYMBOLS:
            self.fail("Reserved", f"'{token.value}' is reserved")
        self.fail("BadInput", f"Unexpected '{token.value}'")

    def deepen(self) -> int:
        """Go one level deeper; returns the level to give back to `rise`."""
        before = self._depth
        self._depth += 1
        if self._depth > self._deepest:
            self.fail("ExprTooDeep", "Expression exceeds maximum complexity")
        return before

    def rise(self, depth: int) -> None:
        """Return to a level that `deepen` gave."""
        self._depth = depth

    def enter_function(self, outer: FunctionScope | None, sees_host: bool) -> FunctionScope:
        """Open the scope of a function or closure; returns the one to give to `leave_function`."""
        around = self.scope
        self.scope = FunctionScope(outer, sees_host)
        return around

    def leave_function(self, around: FunctionScope) -> None:
        """Close the scope of a function or closure."""
        self.scope = around

    def enter_body(self) -> tuple[int, int]:
        """Start the smaller depth of a function's body; returns what `leave_body` needs."""
        before = self._depth, self._deepest
        self._depth, self._deepest = 0, FUNCTION_DEPTH
        self.in_function = True
        return before

    def leave_body(self, before: tuple[int, int]) -> None:
        """Go back to the depth of the script."""
        self._depth, self._deepest = before
        self.in_function = False
