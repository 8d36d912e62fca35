"""Errors of a script: what is wrong with it, and where."""

from __future__ import annotations

Position = tuple[int, int]
"""Line and column, both counted from 1."""


LONGEST_TRAIL = 8
"""Calls that an error remembers, the innermost first."""


class HostError(Exception):
    """Raised by a host function; the script sees it as a runtime error at the call."""


class RhaiError(Exception):
    """A script that does not parse or does not run.

    `name` is the error's class as a script's `catch` sees it, for example
    `ErrorVariableNotFound`; `message` is the plain text without the place.
    """

    def __init__(self, name: str, message: str, position: Position | None = None) -> None:
        super().__init__(name, message, position)
        self.name = name
        self.message = message
        self.position = position
        self.script = ""
        self.source_line = ""
        self.trail: list[tuple[str, Position]] = []

    @property
    def line(self) -> int | None:
        """Line of the error, counted from 1."""
        return self.position[0] if self.position else None

    @property
    def column(self) -> int | None:
        """Column of the error, counted from 1."""
        return self.position[1] if self.position else None

    def locate(self, position: Position) -> None:
        """Give the error its place unless a deeper part of the script already did."""
        if self.position is None:
            self.position = position

    def trace(self, function: str, position: Position) -> None:
        """Note that the error passed through a call. An error without a place gets this one."""
        self.locate(position)
        if len(self.trail) < LONGEST_TRAIL:
            self.trail.append((function, position))

    def attach_source(self, script: str, text: str) -> None:
        """Remember the script's name and the line that the error points at."""
        self.script = script
        lines = text.split("\n", self.line or 0)
        if self.line is not None and self.line <= len(lines):
            self.source_line = lines[self.line - 1].rstrip("\r")

    @property
    def excerpt(self) -> str:
        """The source line with a caret under the column; empty when the place is unknown."""
        if self.column is None or not self.source_line:
            return ""
        before = self.source_line[: self.column - 1]
        margin = "".join("\t" if char == "\t" else " " for char in before)
        return f"{self.source_line}\n{margin}^"

    def __str__(self) -> str:
        text = f"{self.message}{describe(self.position)}"
        for function, position in self.trail:
            text += f"\nin call to function '{function}'{describe(position)}"
        return text


class ParseError(RhaiError):
    """The text is not a script; found before anything runs."""

    def __str__(self) -> str:
        return f"Syntax error: {super().__str__()}"


class RunError(RhaiError):
    """The script failed while running.

    `payload` is the thrown value of a `throw`; `fields` are the further entries of the map
    that `catch` hands to the script. An error that is not `catchable` ends the script.
    """

    def __init__(
        self,
        name: str,
        message: str,
        position: Position | None = None,
        *,
        payload: object = None,
        catchable: bool = True,
        **fields: object,
    ) -> None:
        super().__init__(name, message, position)
        self.payload = payload
        self.catchable = catchable
        self.fields = fields


def describe(position: Position | None) -> str:
    """` (line 1, position 2)`, or nothing for an unknown place."""
    return f" (line {position[0]}, position {position[1]})" if position else ""
