"""Tables and name-value lists for people.

Thirty lines of our own instead of a table library, whose import would cost the first command
more time than the command itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from ringlet.commands.text import bold as in_bold
from ringlet.commands.text import cut, width
from ringlet.domain.legible import brief, clean, shorten

_GAP = "  "
_LONGEST = 200  # characters of a cell, on however wide a terminal
_NARROWEST = 20  # columns for values, on however narrow a terminal


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, columns: int, bold: bool
) -> list[str]:
    """Lines of a table that fits into `columns`; the widest cells are cut when it must."""
    cells = [[shorten(clean(cell), _LONGEST) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in [list(heads), *cells]) for i in range(len(heads))]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > columns and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    head = _line(heads, widths)
    lines = [in_bold(head) if bold else head]
    return [*lines, *(_line(row, widths) for row in cells)]


def facts(pairs: Iterable[tuple[str, str]], *, columns: int) -> list[str]:
    """Aligned `Name: value` lines, folded between words; pairs without a value are left out."""
    shown = [(clean(name), brief(clean(value))) for name, value in pairs if value]
    indent = max((len(name) for name, _ in shown), default=0) + 2
    room = max(columns - indent, _NARROWEST)
    return [
        f"{label:<{indent}}{line}"
        for name, value in shown
        for label, line in zip_longest((f"{name}:",), _fold(value, room), fillvalue="")
    ]


def _fold(value: str, room: int) -> list[str]:
    """Lines of at most `room` columns; a word that is longer stays whole, so it can be copied."""
    lines: list[str] = []
    for word in value.split(" "):
        if lines and width(lines[-1]) + 1 + width(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (_fit(cell, size) for cell, size in zip(row, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _fit(cell: str, size: int) -> str:
    cell = cut(cell, size)
    return cell + " " * (size - width(cell))
