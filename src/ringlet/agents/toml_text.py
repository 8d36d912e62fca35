"""TOML with line numbers, which tomllib keeps to itself."""

from __future__ import annotations

import re
from typing import Any, Final

from ringlet.agents.problems import KeyPath, ManifestError, ManifestProblem
from ringlet.store.toml import parse_toml

_HEADER: Final = re.compile(r"[ \t]*+\[\[?+([^\[\]]++)\]")
_KEY: Final = re.compile(r"""[ \t]*+((?:[\w.-]++|"[^"]*+"|'[^']*+')++)[ \t]*+=""")
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(path: str, text: str) -> dict[str, Any]:
    """Return the tree, or raise `ManifestError` with the line of the first syntax error."""
    try:
        return parse_toml(text)
    except ValueError as error:
        raise ManifestError(_syntax_problem(path, text, str(error))) from error


class TomlLines:
    """The lines of all keys and tables in a text.

    It reads headers and assignments only, which is enough for a message: text that looks like
    an assignment inside a multi-line string can mislead it.
    """

    def __init__(self, text: str) -> None:
        self._written: dict[KeyPath, int] = {}
        self._begun: dict[KeyPath, int] = {}  # those that a longer one implies, too
        table: KeyPath = ()
        for number, line in enumerate(text.split("\n"), start=1):
            if header := _HEADER.match(line):
                here = table = _parts(header[1])
            elif assignment := _KEY.match(line):
                here = table + _parts(assignment[1])
            else:
                continue
            self._written.setdefault(here, number)
            for depth in range(1, len(here) + 1):
                self._begun.setdefault(here[:depth], number)

    def find(self, key: KeyPath) -> int | None:
        """The line where the key, or else its nearest table, is written."""
        if key in self._begun:
            return self._begun[key]
        above = (key[:depth] for depth in range(len(key) - 1, 0, -1))
        return next((self._written[part] for part in above if part in self._written), None)


def _syntax_problem(path: str, text: str, message: str) -> ManifestProblem:
    position = _POSITION.search(message)
    if position is None:
        return ManifestProblem(path, message)
    line = int(position[1]) if position[1] else text.rstrip("\n").count("\n") + 1
    return ManifestProblem(path, _POSITION.sub("", message), line=line)


def _parts(dotted: str) -> KeyPath:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
