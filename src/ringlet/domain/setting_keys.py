"""The keys of config.toml: what each is called, takes and means. Read off the types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from ringlet.domain.settings import Settings


@dataclass(frozen=True, slots=True)
class SettingKey:
    """One key. `takes` says in words which values it may have.

    An `open` one is a table whose own keys are the user's.
    """

    name: str
    takes: str
    default: Any
    meaning: str
    from_start: bool
    open: bool

    @property
    def title(self) -> str:
        """The name for people: `custom.<name>` for a table of the user's own at the top."""
        return f"{self.name}.<name>" if self.open and "." not in self.name else self.name


@cache
def setting_keys() -> dict[str, SettingKey]:
    """All keys by name, in the order of the file."""
    return {key.name: key for key in _find(inspect.type_info(Settings), Settings(), "")}


def _find(kind: inspect.Type, values: Any, prefix: str) -> Iterator[SettingKey]:
    assert isinstance(kind, inspect.StructType)  # noqa: S101 - sections are structs
    for field in kind.fields:
        name, value = prefix + field.name, getattr(values, field.name)
        if isinstance(field.type, inspect.StructType):
            yield from _find(field.type, value, f"{name}.")
        else:
            yield _describe(name, field.type, value)


def _describe(name: str, kind: inspect.Type, default: Any) -> SettingKey:
    text, from_start = "", False
    if isinstance(kind, inspect.Metadata):
        text = str((kind.extra_json_schema or {}).get("description", ""))
        from_start = bool((kind.extra or {}).get("from_start"))
        kind = kind.type
    plain = msgspec.to_builtins(default)
    is_open = isinstance(kind, inspect.DictType)
    return SettingKey(name, _takes(kind), plain, text, from_start, is_open)


def _takes(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values):
            return "one of " + ", ".join(map(str, values))
        case inspect.EnumType(cls):
            return "one of " + ", ".join(str(member.value) for member in cls)
        case inspect.IntType() | inspect.FloatType():
            return "a number" + _range(kind.ge, kind.le)
        case inspect.VarTupleType():
            return "a list of texts"
        case inspect.DictType():
            return "a table"
        case _:
            return "a text"


def _range(lowest: float | None, highest: float | None) -> str:
    if lowest is None:
        return ""
    return f" from {lowest:g} on" if highest is None else f" from {lowest:g} to {highest:g}"
