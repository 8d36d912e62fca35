"""JSON and TOML files as plain values, and back again with as little change as can be."""

from __future__ import annotations

import json
import re
from collections.abc import MutableMapping
from typing import Any, Final, Literal, Never

import tomli_w

from ringlet.store.toml import parse_toml

Kind = Literal["json", "toml", "text"]

_KINDS: Final[dict[str, Kind]] = {".json": "json", ".toml": "toml"}
_FIRST_INDENT: Final = re.compile(r"\{\r?\n([ \t]+)\S")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?+|([\[\]{}])', re.DOTALL)
_DEEPEST: Final = 100  # lists and maps inside each other: whoever walks through them calls itself
_LONGEST_TOML: Final = 1 << 20  # characters; keeping its comments takes seconds for that many


def kind_of(path: str) -> Kind:
    """How a file is merged, told by its suffix."""
    return next((kind for suffix, kind in _KINDS.items() if path.endswith(suffix)), "text")


def parse(kind: Kind, text: str) -> object:
    """The plain value of a JSON or TOML text; ValueError if it has none, or costs too much."""
    if kind == "toml":
        if len(text) > _LONGEST_TOML:
            raise ValueError(f"it has more than {_LONGEST_TOML} characters")
        return parse_toml(text)
    _refuse_depth(text)
    return json.loads(text, parse_constant=_refuse_constant)


def render(kind: Kind, value: dict[str, Any], existing: str) -> str:
    """The value as text in the form of the existing one: its indentation, order and comments."""
    return _render_toml(value, existing) if kind == "toml" else _render_json(value, existing)


def same(left: object, right: object) -> bool:
    """Whether two plain values are equal and of equal types: 1, 1.0 and true all differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and (left == right or (left != left and right != right))


def _refuse_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += (match[1] in ("[", "{")) - (match[1] in ("]", "}"))
        if depth > _DEEPEST:
            line = text.count("\n", 0, match.start()) + 1
            raise ValueError(f"it is nested too deeply: line {line}")


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _render_json(value: dict[str, Any], existing: str) -> str:
    found = _FIRST_INDENT.match(existing)
    text = json.dumps(value, ensure_ascii=False, indent=found.group(1) if found else 2)
    if _LONE_SURROGATE.search(text):  # legal in JSON as an escape, but not in UTF-8
        text = json.dumps(value, indent=2)
    return text + "\n" if existing.endswith("\n") else text


def _render_toml(value: dict[str, Any], existing: str) -> str:
    # Imported here: only an edit of an existing TOML file needs it.
    import tomlkit

    try:
        document = tomlkit.parse(existing)
        _edit(document, value)
        text = tomlkit.dumps(document)
        if same(parse_toml(text), value):
            return text
    except Exception:  # noqa: S110 - the library loses count in tables that dotted keys made, say
        pass
    # Some layouts cannot be edited in place (a new table below dotted keys, for one). The
    # content then counts for more than the comments.
    return tomli_w.dumps(value)


def _edit(table: MutableMapping[str, Any], value: dict[str, Any]) -> None:
    """Make a table of the document equal to the value, touching only what differs."""
    for key in [key for key in table if key not in value]:
        del table[key]
    for key, item in value.items():
        current = table.get(key)
        if isinstance(item, dict) and isinstance(current, MutableMapping):
            _edit(current, item)
        elif current is None or not same(_unwrap(current), item):
            table[key] = item


def _unwrap(item: Any) -> object:
    """The plain value of a document's item; the library hands out booleans bare."""
    return item if isinstance(item, bool) else item.unwrap()
