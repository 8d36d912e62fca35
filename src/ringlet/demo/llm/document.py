"""Reading JSON that anyone may have sent: what has another shape than expected counts as absent."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]


def encode(data: Document) -> str:
    """Compact JSON, in ASCII: what came in as half a character can go out again."""
    return json.dumps(data, separators=(",", ":"))


def child(document: Document, *path: str) -> Document:
    """The object at the path, or an empty one."""
    for key in path:
        found = document.get(key)
        document = found if isinstance(found, dict) else {}
    return document


def objects(value: object) -> list[Document]:
    """The objects in a JSON array; other things count for nothing."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The value if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def texts(content: object) -> list[str]:
    """The texts of a message: one string, or an array of parts that may hold a `text`."""
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in objects(content) if isinstance(part.get("text"), str)]
