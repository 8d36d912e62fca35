"""Text from elsewhere for people: nothing in it acts on a terminal, or goes on for ever.

Controls are shown as they are typed (`\\n`, `\\x1b`): no line end in data makes a line that looks
like one of ours, and what is wrong with a name can be seen. What hides or reorders is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# C0 and C1 controls and Unicode's two line ends; what reorders or hides text (category Cf, the
# fillers, which show nothing, and the tags); and halves of surrogate pairs.
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HIDDEN: Final = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_UNSAFE: Final = re.compile(f"[{_HIDDEN}]")
_HALVES: Final = re.compile("[\ud800-\udfff]")
_NO_BYTES: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_WORD: Final = 500  # longer than nearly every path and address, which people copy
_LINE: Final = 4000
_LONG_WORD: Final = re.compile(rf"\S{{{_WORD + 1},}}")


def clean(text: str) -> str:
    """The text as one line, in which a terminal acts on nothing instead of showing it."""
    if text.isascii() and text.isprintable():
        return text
    return _HALVES.sub("?", _UNSAFE.sub("", _CONTROLS.sub(_spell, text)))


def clean_lines(text: str) -> str:
    """Like `clean`, but line ends and tabs stay."""
    return cleaned(text.replace("\r\n", "\n").split("\n"))


def cleaned(lines: Iterable[str]) -> str:
    """Lines of ours, of which each stays one, whatever line ends the data in it has."""
    return "\n".join(clean(line.replace("\t", "    ")) for line in lines)


def writable(text: str) -> str:
    """The text with what no bytes stand for replaced; "surrogateescape" encodes all of it."""
    return _NO_BYTES.sub("?", text)


def _spell(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode()


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters of the text, left out in the middle."""
    if len(text) <= limit:
        return text
    half = (limit - 1) // 2
    return f"{text[: limit - 1 - half]}…{text[len(text) - half :]}"


def brief(text: str) -> str:
    """The text with its overlong words and lines shortened."""
    if len(text) <= _WORD:
        return text
    text = _LONG_WORD.sub(lambda word: shorten(word[0], _WORD), text)
    return "\n".join(shorten(line, _LINE) for line in text.split("\n"))


def legible(text: str) -> str:
    """A line for people: clean, and not too long to be read."""
    return brief(cleaned([text]))
