"""TOML that people write: what would take endless time or memory is refused before it is parsed.

tomllib copies a dotted key for each of its parts, and calls itself for each bracket in another one.
Both are counted first, in one pass, which any text that can matter takes no longer than parsing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

MOST_PARTS: Final = 32
"""Of a dotted key."""

DEEPEST: Final = 32
"""Lists and tables in brackets inside each other."""

# Texts and comments are taken whole, with or without an end; no quantifier ever gives back.
_TOKEN: Final = re.compile(
    r'''
    \#[^\n]*+
    | """(?:[^"\\]++|\\.|"(?!""))*+(?:""")?+
    | \'\'\'(?:[^']++|'(?!''))*+(?:\'\'\')?+
    | "(?:[^"\\\n]++|\\.)*+"?+
    | '[^'\n]*+'?+
    | (?P<sign>[\[\]{}.=,\n])
    | [^\[\]{}.=,\n"'\#]++
    ''',
    re.VERBOSE | re.DOTALL,
)


def parse_toml(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The tree of a text; raises ValueError, whose message ends with the place if that is known."""
    import tomllib  # only who has such a file waits for the parser

    _check(text)
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except ValueError:
        raise
    except Exception as error:  # of whatever else a parser trips over, nobody shall have to know
        raise ValueError(f"it cannot be read: {error or type(error).__name__}") from error


def _check(text: str) -> None:
    openers = text.count("[") + text.count("{")
    if text.count(".") < MOST_PARTS and openers <= DEEPEST:
        return
    dots = depth = 0
    for token in _TOKEN.finditer(text):
        match token["sign"]:
            case None:
                continue
            case ".":
                dots += 1
                if dots >= MOST_PARTS:
                    raise _refusal(text, token.start(), f"a key has more than {MOST_PARTS} parts")
                continue
            case "[" | "{":
                depth += 1
                if depth > DEEPEST:
                    raise _refusal(text, token.start(), "it is nested too deeply")
            case "]" | "}":
                depth -= 1
        dots = 0


def _refusal(text: str, position: int, message: str) -> ValueError:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return ValueError(f"{message} (at line {line}, column {column})")
