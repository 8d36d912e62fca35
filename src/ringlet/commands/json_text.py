"""JSON that is harmless on a terminal and still means exactly the same."""

from __future__ import annotations

from typing import Any

import msgspec


def as_json(data: Any) -> bytes:
    """One line of JSON in ASCII: no control or reordering character in it is raw."""
    try:
        encoded = msgspec.json.encode(data)
    except UnicodeEncodeError:  # a path whose bytes are no text: half a surrogate pair each
        import json  # seldom needed

        encoded = json.dumps(msgspec.to_builtins(data), separators=(",", ":")).encode()
    text = encoded.decode()
    if text.isascii() and text.isprintable():
        return encoded
    return "".join(c if " " <= c <= "~" else _escaped(c) for c in text).encode()


def _escaped(character: str) -> str:
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
