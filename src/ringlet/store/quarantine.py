"""Where damaged files go, and what is said of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.files import read_bounded, set_aside

T = TypeVar("T")
_NAMED: Final = 5
_OF_THE_FILE: Final = {
    errno.EINVAL, errno.EFBIG, errno.ELOOP, errno.EISDIR, errno.EACCES, errno.ENXIO
}  # fmt: skip


class Quarantine:
    """The folder of damaged files. Nothing in it is ever overwritten or removed by us.

    With `read_only` files stay where they are and are only reported.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self._read_only = read_only
        self._told: dict[str, None] = {}
        self._earlier = _names(folder)

    @property
    def problems(self) -> list[str]:
        """What was found damaged, and how much lies here from before; each a sentence."""
        return [*self._told, *self._remembered()]

    def report(self, problem: str) -> None:
        """Remember a problem, once."""
        self._told[problem] = None

    def withdraw(self, problem: str) -> None:
        """Say no more of a problem that was reported: there is none any longer."""
        self._told.pop(problem, None)

    def put(self, path: Path, why: object) -> None:
        """Set a damaged file aside and remember it; where that fails, the file stays."""
        problem = f"{path}: {why}"
        if not self._read_only:
            try:
                problem += f"; set aside as {set_aside(path, self.folder)}"
            except RingletError as failure:
                problem += f"; {failure.message}"
        self.report(problem)

    def load(self, path: Path, parse: Callable[[bytes], T], *, limit: int) -> T | None:
        """What `parse` makes of one of our files, None if it is missing or was set aside.

        Whatever `parse` raises says that the bytes are no such file; they hinder no other file.
        What passes (no free descriptor, a disk that does not answer) raises STORAGE_ERROR: the
        file is as good as before, and nobody may take it for empty and write over it.
        """
        try:
            data = read_bounded(path, limit)
            return None if data is None else parse(data)
        except RingletError as error:
            if isinstance(cause := error.__cause__, OSError) and cause.errno not in _OF_THE_FILE:
                raise
            self.put(path, error)
        except MemoryError as error:
            raise RingletError(
                ErrorCode.STORAGE_ERROR, f"Cannot read {path}: there is not enough memory"
            ) from error
        except Exception as error:
            self.put(path, str(error) or type(error).__name__)
        return None

    def peek(self, path: Path, parse: Callable[[bytes], T], *, limit: int) -> T | None:
        """Like `load`, but what passes is only reported: for files that others keep."""
        try:
            return self.load(path, parse, limit=limit)
        except RingletError as error:
            self.report(error.message)
            return None

    def _remembered(self) -> list[str]:
        if not self._earlier:
            return []
        names = ", ".join(self._earlier[:_NAMED]) + (" …" if len(self._earlier) > _NAMED else "")
        return [f"{self.folder} holds damaged files of before ({names}); remove what you can spare"]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
