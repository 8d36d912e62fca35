"""Functions that cut strings into parts."""

from __future__ import annotations

from ringlet.scripting.rhai.library.registry import INT, RANGE, TEXT, TEXT_OR_CHAR, getter, reads
from ringlet.scripting.rhai.library.spans import part_of, span_of
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.values.copying import too_large
from ringlet.scripting.rhai.values.kinds import Char, Range


@reads("sub_string", TEXT, INT)
def sub_string_from(machine: Machine, text: str, start: int) -> str:
    return sub_string(machine, text, start, len(text))


@reads("sub_string", TEXT, INT, INT)
def sub_string(machine: Machine, text: str, start: int, length: int) -> str:
    return text[part_of(len(text), start, length)]


@reads("sub_string", TEXT, RANGE)
def sub_string_in(machine: Machine, text: str, span: Range) -> str:
    return text[span_of(len(text), span)]


def _chars(machine: Machine, text: str) -> list[object]:
    if len(text) > machine.limits.array:
        raise too_large("Size of array/BLOB", machine.limits.array)
    machine.charge(len(text) >> 4)
    return list(map(Char, text))


@reads("to_chars", TEXT)
@getter("chars", TEXT)
def chars(machine: Machine, text: str) -> list[object]:
    return _chars(machine, text)


@reads("chars", TEXT, INT)
def chars_from(machine: Machine, text: str, start: int) -> list[object]:
    return _chars(machine, sub_string(machine, text, start, len(text)))


@reads("chars", TEXT, INT, INT)
def chars_between(machine: Machine, text: str, start: int, length: int) -> list[object]:
    return _chars(machine, sub_string(machine, text, start, length))


@reads("chars", TEXT, RANGE)
def chars_in(machine: Machine, text: str, span: Range) -> list[object]:
    return _chars(machine, sub_string_in(machine, text, span))


@reads("split", TEXT)
def split_at_blanks(machine: Machine, text: str) -> list[object]:
    return [*text.split(None, machine.limits.array)]


@reads("split", TEXT, INT)
def split_in_two(machine: Machine, text: str, index: int) -> list[object]:
    if index < 0:
        index = max(len(text) + index, 0)
    return [text[:index], text[index:]]


@reads("split", TEXT, TEXT_OR_CHAR)
def split(machine: Machine, text: str, separator: str) -> list[object]:
    return split_up_to(machine, text, separator, machine.limits.array + 1)


@reads("split", TEXT, TEXT_OR_CHAR, INT)
def split_up_to(machine: Machine, text: str, separator: str, parts: int) -> list[object]:
    most = min(max(parts, 1), machine.limits.array + 1)
    if separator:
        return [*text.split(separator, most - 1)]
    # Nothing is found before and behind every character.
    head = text[: max(most - 2, 0)]
    pieces = ["", *head, text[len(head) :]]
    return [*pieces] if most > 1 else [text]


@reads("split_rev", TEXT, TEXT_OR_CHAR)
def split_reversed(machine: Machine, text: str, separator: str) -> list[object]:
    return split_reversed_up_to(machine, text, separator, machine.limits.array + 1)


@reads("split_rev", TEXT, TEXT_OR_CHAR, INT)
def split_reversed_up_to(machine: Machine, text: str, separator: str, parts: int) -> list[object]:
    most = min(max(parts, 1), machine.limits.array + 1)
    if separator:
        # Searching from the end takes the product of both lengths; from the start, their sum.
        mirrored = text[::-1].split(separator[::-1], most - 1)
        return [piece[::-1] for piece in mirrored]
    return [*reversed(split(machine, text, ""))][:most]
