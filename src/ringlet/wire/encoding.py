"""JSON for the wire, whatever names the system has given to files."""

from __future__ import annotations

from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    """JSON; bytes of a name that are not UTF-8 become U+FFFD, since JSON cannot hold them."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_readable(msgspec.to_builtins(value)))


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in value)
    if isinstance(value, dict):
        return {_readable(key): _readable(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(content) for content in value]
    return value
