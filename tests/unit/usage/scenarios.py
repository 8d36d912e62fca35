"""Known answers: what agents wrote, byte by byte, and what must be reported of it.

A file of scenarios is plain text. Lines with a sign and a space in front are its grammar:

    # a remark
    = the name of a scenario
    > PATH            append the lines that follow to a file of the home
    ! VERB WORDS      do something else, with the lines that follow; see `Player`
    ? GROUPS | FIGURES, or ? tz=ZONE GROUPS | FIGURES
                      a report of everything; the lines that follow are its rows, in any order

All other lines are content, as it is but for three characters: ␀ is a NUL, ␍ a carriage return,
and ¬ at the end of a line says that the line has no end. In rows, - is an empty text or null.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("known")
_SIGNS: Final = ("# ", "= ", "> ", "! ", "? ")


@dataclass
class Step:
    """One line of the grammar and the content below it."""

    sign: str
    words: str
    lines: list[str] = field(default_factory=list)

    @property
    def content(self) -> list[bytes]:
        """The lines as bytes, each with its end."""
        return [_bytes(line) for line in self.lines]


@dataclass
class Scenario:
    """What is written, in order, and the reports that must come of it."""

    subject: str
    name: str
    steps: list[Step] = field(default_factory=list)

    @property
    def reports(self) -> list[Step]:
        return [step for step in self.steps if step.sign == "?"]


def scenarios() -> list[Scenario]:
    """All of them, by file and in its order."""
    return [found for path in sorted(_FOLDER.glob("*.txt")) for found in _parse(path)]


def _parse(path: Path) -> Iterator[Scenario]:
    found: Scenario | None = None
    for line in path.read_text().split("\n"):
        sign, words = (line[0], line[2:]) if line.startswith(_SIGNS) else ("", line)
        if sign == "=":
            if found is not None:
                yield found
            found = Scenario(path.stem, words)
        elif sign in (">", "!", "?"):
            assert found is not None, line
            found.steps.append(Step(sign, words))
        elif sign == "" and line:
            assert found is not None, line
            found.steps[-1].lines.append(line)
    if found is not None:
        yield found


def _bytes(line: str) -> bytes:
    text = line.removesuffix("¬") if line.endswith("¬") else line + "\n"
    return text.replace("␀", "\0").replace("␍", "\r").encode()
