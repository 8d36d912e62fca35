"""Spelling of text: quoted strings, characters, raw strings and the escapes in them."""

from __future__ import annotations

import re

_PLAIN = {quote: re.compile(rf"[^{quote}\\\n]+") for quote in "\"'"}
_ESCAPES = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_LINE_BREAK = re.compile(r"\\\r?\n")
_HEX = re.compile(r"[0-9a-fA-F]+")
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


class Misspelt(Exception):
    """Text that cannot be read; `offset` is where in the script."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def read_quoted(text: str, start: int, indent: int) -> tuple[str, int]:
    """Read the string or character that opens at `start`; returns its text and the offset behind.

    A backslash at the end of a line continues the string; `indent` blanks of the next line, the
    column of the opening quote, are dropped with it.
    """
    quote = text[start]
    parts: list[str] = []
    offset = start + 1
    while True:
        plain = _PLAIN[quote].match(text, offset)
        if plain:
            parts.append(plain.group())
            offset = plain.end()
        char = text[offset : offset + 1]
        if char == "\\":
            part, offset = _read_escape(text, offset, quote, indent)
            parts.append(part)
        elif char != quote:
            raise Misspelt("Open string is not terminated", start)
        elif quote == '"' and text.startswith('""', offset):
            parts.append('"')
            offset += 2
        else:
            return "".join(parts), offset + 1


def _read_escape(text: str, offset: int, quote: str, indent: int) -> tuple[str, int]:
    letter = text[offset + 1 : offset + 2]
    if letter in _ESCAPES:
        return _ESCAPES[letter], offset + 2
    if letter == quote:
        return quote, offset + 2
    if letter in _HEX_DIGITS:
        return _read_code_point(text, offset, _HEX_DIGITS[letter])
    line_break = _LINE_BREAK.match(text, offset)
    if line_break and quote == '"':
        end = line_break.end()
        while end < line_break.end() + indent and text[end : end + 1] in (" ", "\t"):
            end += 1
        return "", end
    raise Misspelt(f"Invalid escape sequence: '\\{letter}'", offset)


def _read_code_point(text: str, offset: int, digits: int) -> tuple[str, int]:
    end = offset + 2 + digits
    spelling = text[offset + 2 : end]
    if len(spelling) == digits and _HEX.fullmatch(spelling):
        code = int(spelling, 16)
        if code < 0xD800 or 0xE000 <= code <= 0x10FFFF:
            return chr(code), end
    raise Misspelt(f"Invalid escape sequence: '{text[offset:end]}'", offset)


def read_raw(text: str, start: int, hashes: int) -> tuple[str, int]:
    """Read a `#"raw string"#` that opens at `start`; nothing in it is an escape."""
    begin = start + hashes + 1
    end = text.find('"' + "#" * hashes, begin)
    if end < 0:
        raise Misspelt("Open string is not terminated", start)
    return text[begin:end], end + 1 + hashes


_TEMPLATE_CHUNK = re.compile(r"[^`$]+")


def read_template_text(text: str, offset: int, start: int) -> tuple[str, str, int]:
    """Read the plain part of a template at `offset`, up to its end or to an interpolation.

    Returns the text, what follows it (a backtick or `${`) and the offset behind that.
    """
    parts: list[str] = []
    while True:
        plain = _TEMPLATE_CHUNK.match(text, offset)
        if plain:
            parts.append(plain.group())
            offset = plain.end()
        if text.startswith("``", offset):
            parts.append("`")
            offset += 2
        elif text.startswith("`", offset):
            return "".join(parts), "`", offset + 1
        elif text.startswith("${", offset):
            return "".join(parts), "${", offset + 2
        elif text.startswith("$", offset):
            parts.append("$")
            offset += 1
        else:
            raise Misspelt("Open string is not terminated", start)
