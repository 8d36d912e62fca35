"""The manifests of a folder: each is read once for each state of its file.

Whatever is in a file concerns that file alone. How long one takes is bounded by what `documents`
and the parsers accept; how long all of them hold up whoever asks, by `patience`.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from ringlet.agents.documents import SUFFIXES, Document, read_document
from ringlet.agents.problems import ManifestError, ManifestProblem, UnreadableError

_Problems = tuple[ManifestProblem, ...]
_State = tuple[int, int, int]
_UNKNOWN: Final = (-1, -1, -1)  # no file is in it, so the next look reads again
_LATE: Final = "it is still being read, as there are many large files"

Parsed = TypeVar("Parsed", covariant=True)
Entry = TypeVar("Entry")


class Parse(Protocol[Parsed]):
    def __call__(self, document: Document, *, source: str) -> Parsed: ...


class Shelf(Generic[Entry]):
    """Entries of the manifests in a folder, or what is wrong with them.

    With `patience`, a look parses for about so many seconds, the smallest files first. What is
    left is a problem until a thread has read it; `finished` is called then. `settled` says whether
    the last look would find the same again, as long as nothing changes: a file that could not be
    read for want of descriptors can be read a moment later.
    """

    def __init__(
        self,
        folder: Path,
        parse: Parse[Entry],
        *,
        patience: float | None = None,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder = folder
        self._parse = parse
        self._patience = patience
        self._finished = finished
        self._known: dict[Path, tuple[_State, Entry | _Problems]] = {}
        self._reading: threading.Thread | None = None
        self.settled = True

    def look(self) -> dict[Path, Entry | _Problems]:
        """What the files are now, by name; raises OSError if the folder cannot be listed."""
        began = time.thread_time()
        known: dict[Path, tuple[_State, Entry | _Problems]] = {}
        late: list[Path] = []
        try:
            files = [path for path in self.folder.iterdir() if _is_manifest(path)]
        except OSError as error:
            self.settled = error.errno in (errno.ENOENT, errno.ENOTDIR)
            raise
        states = {path: _state(path) for path in files}
        for path in sorted(files, key=lambda path: states[path]):
            before = self._known.get(path)
            if before is not None and before[0] == states[path]:
                known[path] = before
            elif self._patience is None or time.thread_time() - began < self._patience:
                known[path] = self._read(path, states[path])
            else:
                late.append(path)
        self._known = known
        begun = self._begin_reading(late) if late and self._reading is None else True
        self.settled = begun and all(state != _UNKNOWN for state, _ in known.values())
        found: dict[Path, Entry | _Problems] = {path: known[path][1] for path in known}
        found |= {path: (ManifestProblem(str(path), _LATE),) for path in late}
        return dict(sorted(found.items()))

    def _begin_reading(self, files: list[Path]) -> bool:
        thread = threading.Thread(target=self._catch_up, args=(files,), daemon=True)
        self._reading = thread
        try:
            thread.start()
        except RuntimeError:  # the user has as many as are allowed
            self._reading = None
            return False
        return True

    def _catch_up(self, files: Iterable[Path]) -> None:
        for path in files:
            self._known[path] = self._read(path, _state(path))
        self._reading = None
        self._finished()

    def _read(self, path: Path, state: _State) -> tuple[_State, Entry | _Problems]:
        """What a file in this state holds; what may pass is said of no state."""
        try:
            return state, self._parse(read_document(path, str(path)), source=str(path))
        except UnreadableError as error:
            return _UNKNOWN, error.problems
        except ManifestError as error:
            return state, error.problems
        except Exception as error:  # it must not be the end of all others, whatever it is
            why = f"it cannot be read: {error or type(error).__name__}"
            lasting = not isinstance(error, MemoryError)
            return state if lasting else _UNKNOWN, (ManifestProblem(str(path), why),)


def _is_manifest(path: Path) -> bool:
    """Hidden files and other kinds are passed over."""
    return not path.name.startswith(".") and path.name.endswith(SUFFIXES)


def _state(path: Path) -> _State:
    """Changes whenever the file does; its size comes first."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_size, status.st_mtime_ns, status.st_ino
