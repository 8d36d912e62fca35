"""The lexer: cuts a script into tokens, one at a time, as the parser asks for them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from ringlet.scripting.rhai.errors import ParseError, Position
from ringlet.scripting.rhai.syntax import tokens
from ringlet.scripting.rhai.syntax.numbers import read_number
from ringlet.scripting.rhai.syntax.quoting import (
    Misspelt,
    read_quoted,
    read_raw,
    read_template_text,
)
from ringlet.scripting.rhai.syntax.tokens import Token
from ringlet.scripting.rhai.values.kinds import Char

# A point belongs to a number when a digit follows, or when something follows that can be
# neither a property name nor a second point.
_NUMBER = (
    r"0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"
    r"|[0-9][0-9_]*(?:\.[0-9][0-9_]*|\.(?=[^\w.]))?(?:[eE][+-]?[0-9]+)?"
)
_LEXEME = re.compile(
    rf"""(?P<blank>\s+|//[^\n]*)
    |(?P<comment>/\*)
    |(?P<number>{_NUMBER})
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<quote>["'])
    |(?P<raw>\#+(?="))
    |(?P<template>`)
    |(?P<symbol>!in(?![A-Za-z0-9_])|{"|".join(map(re.escape, tokens.SYMBOLS))})""",
    re.VERBOSE,
)
_DIGITS = re.compile(_NUMBER)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_FIRST_LETTER = re.compile(r"_*[A-Za-z]")


class Lexer:
    """Reads the tokens of one script."""

    __slots__ = ("_interpolations", "_line_starts", "_offset", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        # One entry for each template we are inside of: where it began, open braces of its `${`.
        self._interpolations: list[list[int]] = []

    def read(self) -> Iterator[Token]:
        """All tokens in order; the last one is END. Raises ParseError at the first bad one."""
        kind = ""
        while kind != tokens.END:
            try:
                batch = self._read_batch(after_operand=kind in tokens.OPERANDS)
            except Misspelt as problem:
                place = self._place(problem.offset)
                raise ParseError("BadInput", problem.message, place) from None
            yield from batch
            kind = batch[-1].kind

    def _read_batch(self, after_operand: bool) -> list[Token]:
        """One token, or more where template text follows it."""
        token = self._read_token(after_operand)
        if token.kind in (tokens.TEMPLATE, "}") and token.value == tokens.TEMPLATE:
            return [token, *self._read_template_part()]
        return [token]

    def _read_token(self, after_operand: bool) -> Token:
        match = self._skip_blanks()
        start = self._offset
        if match is None:
            if start < len(self._text):
                raise Misspelt(f"Unexpected {self._text[start]!r}", start)
            if self._interpolations:
                raise Misspelt("Open string is not terminated", self._interpolations[-1][0])
            return Token(tokens.END, None, self._place(start))
        kind = match.lastgroup
        self._offset = match.end()
        if kind == "name":
            return self._name(match.group(), start)
        if kind == "number":
            return self._number(match.group(), start)
        if kind == "symbol":
            return self._symbol(match.group(), start, after_operand)
        if kind == "quote":
            return self._quoted(match.group(), start)
        if kind == "raw":
            value, self._offset = read_raw(self._text, start, len(match.group()))
            return Token(tokens.STRING, value, self._place(start))
        self._interpolations.append([start, 0])
        self._skip_first_line_break()
        return Token(tokens.TEMPLATE, tokens.TEMPLATE, self._place(start))

    def _skip_blanks(self) -> re.Match[str] | None:
        while True:
            match = _LEXEME.match(self._text, self._offset)
            if match is None or match.lastgroup not in ("blank", "comment"):
                return match
            self._offset = match.end()
            if match.lastgroup == "comment":
                self._skip_comment()

    def _skip_comment(self) -> None:
        """Block comments nest; one that never ends reaches to the end of the script."""
        depth = 1
        while depth:
            edge = _COMMENT_EDGE.search(self._text, self._offset)
            if edge is None:
                self._offset = len(self._text)
                return
            depth += 1 if edge.group() == "/*" else -1
            self._offset = edge.end()

    def _name(self, word: str, start: int) -> Token:
        at = self._place(start)
        if word in tokens.KEYWORDS or word == "_":
            return Token(word, word, at)
        if word in tokens.RESERVED_WORDS:
            return Token(tokens.RESERVED, word, at)
        if not _FIRST_LETTER.match(word):
            raise Misspelt(f"'{word}' is not a valid name: it needs a letter first", start)
        return Token(tokens.NAME, word, at)

    def _number(self, spelling: str, start: int) -> Token:
        value = read_number(spelling)
        if value is None:
            raise Misspelt(f"Invalid number: '{spelling}'", start)
        kind = tokens.INTEGER if type(value) is int else tokens.FLOAT
        return Token(kind, value, self._place(start))

    def _symbol(self, symbol: str, start: int, after_operand: bool) -> Token:
        if symbol == "-" and not after_operand:
            digits = _DIGITS.match(self._text, self._offset)
            if digits:
                self._offset = digits.end()
                return self._number(f"-{digits.group()}", start)
        value = symbol
        if self._interpolations:
            if symbol in ("{", "#{"):
                self._interpolations[-1][1] += 1
            elif symbol == "}":
                self._interpolations[-1][1] -= 1
                if self._interpolations[-1][1] == 0:
                    value = tokens.TEMPLATE
        return Token(symbol, value, self._place(start))

    def _quoted(self, quote: str, start: int) -> Token:
        at = self._place(start)
        value, self._offset = read_quoted(self._text, start, at[1])
        if quote == '"':
            return Token(tokens.STRING, value, at)
        if len(value) != 1:
            raise Misspelt(f"Invalid character: '{value}'", start)
        return Token(tokens.CHAR, Char(value), at)

    def _skip_first_line_break(self) -> None:
        for line_break in ("\r\n", "\n"):
            if self._text.startswith(line_break, self._offset):
                self._offset += len(line_break)
                return

    def _read_template_part(self) -> Iterator[Token]:
        """The text up to the next `${` (which the parser then reads as a block) or to the end."""
        start = self._interpolations[-1][0]
        begin = self._offset
        value, stop, self._offset = read_template_text(self._text, begin, start)
        if value:
            yield Token(tokens.TEMPLATE_TEXT, value, self._place(begin))
        if stop == "`":
            self._interpolations.pop()
            yield Token(tokens.TEMPLATE_END, None, self._place(self._offset - 1))
        else:
            self._interpolations[-1][1] = 1
            yield Token("{", "{", self._place(self._offset - 1))

    def _place(self, offset: int) -> Position:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1
