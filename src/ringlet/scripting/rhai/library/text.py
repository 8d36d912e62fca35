"""Functions that ask something of a string or make another one from it."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import (
    INT,
    TEXT,
    TEXT_COST,
    TEXT_OR_CHAR,
    getter,
    reads,
)
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.copying import byte_length, check_text
from ringlet.scripting.rhai.values.kinds import Char


@getter("len", TEXT)
def length(machine: Machine, text: str) -> int:
    return len(text)


@getter("is_empty", TEXT)
def is_empty(machine: Machine, text: str) -> bool:
    return not text


@getter("bytes", TEXT)
def count_bytes(machine: Machine, text: str) -> int:
    machine.charge(len(text) // TEXT_COST)
    return byte_length(text)


@reads("contains", TEXT, TEXT_OR_CHAR)
def contains(machine: Machine, text: str, part: str) -> bool:
    return part in text


@reads("starts_with", TEXT, TEXT_OR_CHAR)
def starts_with(machine: Machine, text: str, part: str) -> bool:
    return text.startswith(part)


@reads("ends_with", TEXT, TEXT_OR_CHAR)
def ends_with(machine: Machine, text: str, part: str) -> bool:
    return text.endswith(part)


@reads("index_of", TEXT, TEXT_OR_CHAR)
def index_of(machine: Machine, text: str, part: str) -> int:
    return text.find(part)


@reads("index_of", TEXT, TEXT_OR_CHAR, INT)
def index_of_from(machine: Machine, text: str, part: str, start: int) -> int:
    if start < 0:
        start = max(len(text) + start, 0)
    return text.find(part, start) if start < len(text) else -1


@reads("get", TEXT, INT, linear=False)
def get(machine: Machine, text: str, index: int) -> Char | None:
    return Char(text[index]) if -len(text) <= index < len(text) else None


@reads("to_upper", TEXT)
def to_upper(machine: Machine, text: str) -> str:
    return _checked(machine, text.upper())


@reads("to_lower", TEXT)
def to_lower(machine: Machine, text: str) -> str:
    return _checked(machine, text.lower())


def _checked(machine: Machine, text: str) -> str:
    check_text(text, machine.limits)
    return text
