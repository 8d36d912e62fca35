"""What is wrong with a manifest, and where."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from ringlet.agents.printable import printable
from ringlet.domain.errors import ErrorCode, RingletError

KeyPath: TypeAlias = tuple[str | int, ...]


class ManifestProblem(msgspec.Struct, frozen=True):
    """One defect: `path` names the file, `line` counts from 1, `key` is dotted from the top."""

    path: str
    message: str
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        what = self.message if self.key is None else f"{self.key}: {self.message}"
        return f"{where}: {printable(what)}"


class ManifestError(RingletError):
    """BAD_MANIFEST, with the problems themselves for callers that go on without the file."""

    def __init__(self, *problems: ManifestProblem) -> None:
        super().__init__(
            ErrorCode.BAD_MANIFEST,
            "; ".join(map(str, problems)),
            hint="Correct the file, or move it out of its folder.",
        )
        self.problems = problems


class UnreadableError(ManifestError):
    """The system does not give the file now; nothing follows about what is in it."""
