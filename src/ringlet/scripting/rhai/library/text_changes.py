"""Functions that change a string in its place and return nothing."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import (
    ANY,
    CHAR,
    INT,
    RANGE,
    TEXT,
    TEXT_OR_CHAR,
    replaces,
)
from ringlet.scripting.rhai.library.spans import part_of, span_of
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.copying import check_text, too_large
from ringlet.scripting.rhai.values.display import display
from ringlet.scripting.rhai.values.kinds import Char, Range

Changed = tuple[str, None]


def _checked(machine: Machine, text: str) -> Changed:
    check_text(text, machine.limits)
    return text, None


@replaces("append", TEXT, ANY)
def append(machine: Machine, text: str, more: object) -> Changed:
    return _checked(machine, text + display(more, machine))


@replaces("clear", TEXT)
def clear(machine: Machine, text: str) -> Changed:
    return "", None


@replaces("trim", TEXT)
def trim(machine: Machine, text: str) -> Changed:
    return text.strip(), None


@replaces("make_upper", TEXT)
def make_upper(machine: Machine, text: str) -> Changed:
    return _checked(machine, text.upper())


@replaces("make_lower", TEXT)
def make_lower(machine: Machine, text: str) -> Changed:
    return _checked(machine, text.lower())


@replaces("crop", TEXT, INT)
def crop_from(machine: Machine, text: str, start: int) -> Changed:
    return text[part_of(len(text), start, len(text))], None


@replaces("crop", TEXT, INT, INT)
def crop(machine: Machine, text: str, start: int, length: int) -> Changed:
    return text[part_of(len(text), start, length)], None


@replaces("crop", TEXT, RANGE)
def crop_to(machine: Machine, text: str, span: Range) -> Changed:
    return text[span_of(len(text), span)], None


@replaces("truncate", TEXT, INT)
def truncate(machine: Machine, text: str, length: int) -> Changed:
    return text[: max(length, 0)], None


@replaces("pad", TEXT, INT, TEXT_OR_CHAR)
def pad(machine: Machine, text: str, length: int, padding: str) -> Changed:
    missing = length - len(text)
    if missing <= 0 or not padding:
        return text, None
    if length > machine.limits.text:
        raise too_large("Length of string", machine.limits.text)
    machine.charge(length >> 8)
    whole = padding * (missing // len(padding) + 1)
    return _checked(machine, text + whole[:missing])


@replaces("replace", TEXT, TEXT_OR_CHAR, TEXT_OR_CHAR)
def replace(machine: Machine, text: str, old: str, new: str) -> Changed:
    growth = text.count(old) * (len(new) - len(old))
    if len(text) + growth > machine.limits.text:
        raise too_large("Length of string", machine.limits.text)
    machine.charge(max(growth, 0) >> 8)
    return _checked(machine, text.replace(old, new))


@replaces("remove", TEXT, TEXT_OR_CHAR)
def remove(machine: Machine, text: str, part: str) -> Changed:
    return text.replace(part, "") if part else text, None


@replaces("set", TEXT, INT, CHAR)
def set_char(machine: Machine, text: str, index: int, char: Char) -> Changed:
    if not -len(text) <= index < len(text):
        return text, None
    index %= len(text)
    return _checked(machine, f"{text[:index]}{char}{text[index + 1 :]}")


@replaces("pop", TEXT)
def pop(machine: Machine, text: str) -> tuple[str, Char | None]:
    return text[:-1], Char(text[-1]) if text else None


@replaces("pop", TEXT, INT)
def pop_many(machine: Machine, text: str, count: int) -> tuple[str, str]:
    kept = len(text) - min(max(count, 0), len(text))
    return text[:kept], text[kept:]
