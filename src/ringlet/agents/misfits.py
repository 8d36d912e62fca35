"""Where a tree does not fit its struct: the key, and what to say of it.

msgspec tells the place of a value inside a map as `[...]`, whatever its name; looking at the tree
again finds it.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from ringlet.agents.problems import KeyPath

_MISSING: Final = re.compile(r"missing required field `([^`]*)`")
_UNKNOWN: Final = re.compile(r"contains unknown field `([^`]*)`")
_ENUM: Final = re.compile(r"Invalid enum value (.*)")
_KIND: Final = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_PLACE: Final = re.compile(r" - at (`key` in )?`\$([^`]*)`$")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_ANY: Final = "..."
_LONGEST_NAME: Final = 64

# What msgspec calls the kinds of values, and what they are called in a manifest.
_WORDS: Final = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
_KINDS: Final = {
    str: "str",
    bool: "bool",
    int: "int",
    float: "float",
    list: "array",
    dict: "object",
}


def misfits(tree: Any, target: type[msgspec.Struct], *, most: int) -> list[tuple[KeyPath, str]]:
    """What does not fit: each misfit is noted and taken out, and the rest is tried again.

    It ends at the first key that is missing, and when there are as many as will be told; of a
    list that is wrong only one mistake is told.
    """
    rest = copy.deepcopy(tree)
    found: dict[KeyPath, str] = {}
    while len(found) < most:
        try:
            msgspec.convert(rest, target)
        except msgspec.ValidationError as error:
            key, message = explain(str(error), rest, target)
            if key in found:  # it was taken out, and is required
                break
            found[key] = message
            if not _take_out(rest, key):
                break
        else:
            break
    return list(found.items())


def _take_out(tree: dict[str, Any], key: KeyPath) -> bool:
    """Remove the innermost key of a map on the path; False if it is not written at all."""
    lists = (index for index, step in enumerate(key) if isinstance(step, int))
    *outer, name = key[: next(lists, len(key))] or ("",)
    inner: Any = tree
    for step in outer:
        inner = inner[step]
    return isinstance(inner, dict) and inner.pop(name, tree) is not tree


def explain(error: str, tree: Any, target: type[msgspec.Struct]) -> tuple[KeyPath, str]:
    """Take msgspec's message about the tree apart."""
    place = _PLACE.search(error)
    steps = _STEP.findall(place[2]) if place else []
    path = [int(index) if index.isdigit() else name or _ANY for name, index in steps]
    if place and place[1]:
        key = _find(tree, path, lambda value: _odd_key(value) is not None)
        return (*key, str(_odd_key(_at(tree, key)))), "a key must be a text: put it in quotes"
    if missing := _MISSING.search(error):
        name = missing[1]
        key = _find(tree, path, lambda value: isinstance(value, dict) and name not in value)
        return (*key, name), "this key is required"
    if unknown := _UNKNOWN.search(error):
        name = unknown[1]
        key = _find(tree, path, lambda value: isinstance(value, dict) and name in value)
        return (*key, name), f"this key is not known{_like(name, target, key)}"
    if kinds := _KIND.match(error):
        expected, got = kinds.groups()
        key = _find(tree, path, lambda value: _kind(value) == got)
        return key, f"expected {_in_words(expected)}, got {_in_words(got)}"
    key = tuple(path)
    if value := _ENUM.match(_PLACE.sub("", error)):
        return key, f"{value[1]} is not one of {', '.join(_choices(_type_at(target, key)))}"
    message = _PLACE.sub("", error).replace("`", "")
    return key, message[:1].lower() + message[1:]


def _find(tree: Any, path: list[str | int], fits: Callable[[Any], bool]) -> KeyPath:
    """The first key on the path whose value is the culprit; else as much as is sure."""
    sure = path[: path.index(_ANY)] if _ANY in path else path
    return next(_matching(tree, path, (), fits), tuple(sure))


def _matching(
    value: Any, path: list[str | int], key: KeyPath, fits: Callable[[Any], bool]
) -> Iterator[KeyPath]:
    if not path:
        if fits(value):
            yield key
        return
    step, rest = path[0], path[1:]
    names = list(value) if step == _ANY and isinstance(value, dict) else [step]
    for name in names:
        try:
            inner = value[name]
        except (KeyError, IndexError, TypeError):
            continue
        yield from _matching(inner, rest, (*key, name), fits)


def _at(tree: Any, key: KeyPath) -> Any:
    for step in key:
        tree = tree[step]
    return tree


def _odd_key(value: Any) -> Any:
    """A key that is no text, as YAML allows it."""
    keys = value if isinstance(value, dict) else ()
    return next((key for key in keys if not isinstance(key, str)), None)


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "null" if value is None else type(value).__name__)


def _in_words(kinds: str) -> str:
    names = [_WORDS.get(kind, kind) for kind in kinds.split(" | ") if kind != "null"]
    return " or ".join(names) or _WORDS["null"]


def _like(name: str, target: type[msgspec.Struct], key: KeyPath) -> str:
    if len(name) > _LONGEST_NAME:  # comparing takes the square of that
        return ""
    kind = _type_at(target, key)
    known = [field.encode_name for field in getattr(kind, "fields", ())]
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _type_at(target: type[msgspec.Struct], key: KeyPath) -> inspect.Type | None:
    kind: inspect.Type | None = inspect.type_info(target)
    for step in key:
        match kind:
            case inspect.StructType(fields=fields):
                kind = next((one.type for one in fields if one.encode_name == step), None)
            case inspect.DictType(value_type=inner) | inspect.VarTupleType(item_type=inner):
                kind = inner
            case _:
                return None
    return kind


def _choices(kind: inspect.Type | None) -> list[str]:
    match kind:
        case inspect.EnumType(cls=members):
            return [str(member.value) for member in members]
        case inspect.LiteralType(values=values):
            return [str(value) for value in values]
        case _:
            return []
