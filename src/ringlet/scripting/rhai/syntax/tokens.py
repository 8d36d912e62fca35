"""Tokens: the words of the language and how tightly its operators bind."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import Position

# Kinds of tokens that carry a value. A keyword or symbol is its own kind.
NAME = "a name"
INTEGER = "an integer"
FLOAT = "a float"
CHAR = "a character"
STRING = "a string"
TEMPLATE = "a template"
TEMPLATE_TEXT = "template text"
TEMPLATE_END = "end of template"
RESERVED = "a reserved word"
END = "end of script"

KEYWORDS = frozenset(
    "true false let const if else switch do while until loop for in fn private continue break"
    " return throw try catch import export as this".split()
)

RESERVED_WORDS = frozenset(
    "var static shared goto match case public protected new use with is module package super"
    " thread spawn go await async sync yield default void null nil".split()
)

# Words that name functions of the language itself, and so cannot name variables.
FUNCTION_WORDS = frozenset(
    "print debug type_of eval Fn call curry is_def_var is_def_fn is_shared global".split()
)

SYMBOLS = (
    "..= ... **= <<= >>= === !== => == != <= >= << >> && || ?? ?. ?[ :: += -= *= /= %= &= |= ^="
    " ** .. #{ #! -> <- := ++ -- { } ( ) [ ] ; : , . = + - * / % & | ^ ! < > ? ~ @ $ #"
).split()

RESERVED_SYMBOLS = frozenset("... === !== #! -> <- := ++ -- ? ~ @ $ #".split())

# How tightly an operator holds its operands; a higher number holds tighter.
PRECEDENCE = {
    **dict.fromkeys(("||", "|", "^"), 30),
    **dict.fromkeys(("&&", "&"), 60),
    **dict.fromkeys(("==", "!="), 90),
    **dict.fromkeys(("in", "!in"), 110),
    **dict.fromkeys(("<", ">", "<=", ">="), 130),
    "??": 135,
    **dict.fromkeys(("..", "..="), 140),
    **dict.fromkeys(("+", "-"), 150),
    **dict.fromkeys(("*", "/", "%"), 180),
    "**": 190,
    **dict.fromkeys(("<<", ">>"), 210),
}

ASSIGNMENTS = frozenset("= += -= *= /= %= **= <<= >>= &= |= ^=".split())

# After one of these a minus sign subtracts; anywhere else it belongs to the number behind it.
OPERANDS = frozenset(
    {NAME, INTEGER, FLOAT, CHAR, STRING, TEMPLATE_END, RESERVED, ")", "]", "}", "true", "false"}
    | {"this"}
)


class Token:
    """One word of a script with its place."""

    __slots__ = ("at", "kind", "value")

    def __init__(self, kind: str, value: object, at: Position) -> None:
        self.kind = kind
        self.value = value
        self.at = at

    def __repr__(self) -> str:
        return f"Token({self.kind!r}, {self.value!r}, {self.at!r})"
