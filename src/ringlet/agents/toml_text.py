"""TOML with line numbers, which tomllib keeps to itself."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from ringlet.agents.problems import ManifestError, ManifestProblem

_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]]+)\]")
_KEY: Final = re.compile(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*')+)\s*=""")
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def parse_toml(path: str, text: str) -> dict[str, Any]:
    """Return the tree, or raise `ManifestError` with the line of the first syntax error."""
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise ManifestError(_syntax_problem(path, text, str(error))) from error


def find_toml_line(text: str, key: tuple[str | int, ...]) -> int | None:
    """The line where the key, or else its nearest table, is written.

    It reads headers and assignments only, which is enough for a message: text that looks like
    an assignment inside a multi-line string can mislead it.
    """
    table: tuple[str, ...] = ()
    best: int | None = None
    depth = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            here = table = _parts(header[1])
        elif assignment := _KEY.match(line):
            here = table + _parts(assignment[1])
        else:
            continue
        shared = _shared_depth(here, key)
        if shared > depth:
            best, depth = number, shared
    return best


def _syntax_problem(path: str, text: str, message: str) -> ManifestProblem:
    position = _POSITION.search(message)
    if position is None:
        return ManifestProblem(path, message)
    line = int(position[1]) if position[1] else text.rstrip("\n").count("\n") + 1
    return ManifestProblem(path, _POSITION.sub("", message), line=line)


def _shared_depth(here: tuple[str, ...], key: tuple[str | int, ...]) -> int:
    """How many parts the two have in common, if one of them goes on where the other ends."""
    shorter = min(len(here), len(key))
    return shorter if here[:shorter] == key[:shorter] else 0


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
