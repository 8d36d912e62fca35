"""What earlier probes found, kept in a file so that listing agents costs stat calls only.

It also holds which agents there were when somebody looked last, so that what is new can be told
from what only a new daemon has not seen yet.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from ringlet.store.files import ensure_private_dir, write_atomic
from ringlet.store.quarantine import Quarantine

_FORMAT: Final = 2
_READ: Final = (1, 2)
_MAX_BYTES: Final = 1024 * 1024
# A version manager's shim stays the same file when the program behind it changes.
_SUCCESS_SECONDS: Final = 24 * 3600
# A probe may fail because the machine is busy, or because an installation is under way.
_FAILURE_SECONDS: Final = 300
_PASSING_SECONDS: Final = 60


class CachedProbe(msgspec.Struct, frozen=True):
    """The outcome of one command; `failure` says why it did not run, "" if it did.

    A `passing` failure is one of the machine, as far as can be told, and not of the program.

    `size` and `mtime_ns` are those of the executable after all links; `checked_at` is in
    seconds since 1970.
    """

    size: int
    mtime_ns: int
    checked_at: float
    version: str | None = None
    failure: str = ""
    passing: bool = False


class Seen(msgspec.Struct, frozen=True):
    """An agent that was installed; `checked` is when its version was asked for.

    `search_path` are the folders of the PATH that led to it, "" where everybody looks.
    """

    path: str | None
    version: str | None
    checked: float | None = None
    search_path: str = ""


class _File(msgspec.Struct, frozen=True):
    format: int = _FORMAT
    probes: dict[str, CachedProbe] = {}
    agents: dict[str, Seen] = {}


class DetectionCache:
    """Outcomes by command, as of the executable's present size and time of change.

    The methods block, on the disk only; `now` is in seconds since 1970. A damaged file goes to
    the quarantine and counts as empty.
    """

    def __init__(self, path: Path, quarantine: Quarantine) -> None:
        self._path: Final = path
        self._quarantine: Final = quarantine
        self._kept: _File | None = None
        self._changed = False
        self._loading: Final = Lock()

    def find(self, command: tuple[str, ...], *, now: float) -> CachedProbe | None:
        """Return the outcome of the command (its first word a path), if it is still good."""
        stamp = _stamp(command)
        if stamp is None:
            return None
        key, size, mtime_ns = stamp
        probe = self._load().probes.get(key)
        if probe is None or (probe.size, probe.mtime_ns) != (size, mtime_ns):
            return None
        lifetime = _SUCCESS_SECONDS
        if probe.failure:
            lifetime = _PASSING_SECONDS if probe.passing else _FAILURE_SECONDS
        return probe if 0 <= now - probe.checked_at < lifetime else None

    def remember(
        self,
        command: tuple[str, ...],
        *,
        version: str | None,
        failure: str,
        passing: bool,
        now: float,
    ) -> None:
        """Keep the outcome of the command until `save`, and from then on over restarts."""
        stamp = _stamp(command)
        if stamp is None:
            return
        key, size, mtime_ns = stamp
        self._load().probes[key] = CachedProbe(size, mtime_ns, now, version, failure, passing)
        self._changed = True

    def seen(self, agent_id: str) -> Seen | None:
        """What was noted of an agent last."""
        return self._load().agents.get(agent_id)

    def exchange(self, agent_id: str, seen: Seen | None) -> Seen | None:
        """Note an agent as it is now, None if it is not installed; returns what was noted before.

        As with probes, `save` makes it last.
        """
        agents = self._load().agents
        before = agents.pop(agent_id, None)
        if seen is not None:
            agents[agent_id] = seen
        self._changed = self._changed or seen != before
        return before

    def clear(self) -> None:
        """Forget all outcomes, so that the next detection probes again."""
        self._load().probes.clear()

    def load(self) -> None:
        """Read the file now, so that damage shows."""
        self._load()

    def save(self) -> None:
        """Write the file if anything changed. Raises STORAGE_ERROR."""
        if not self._changed:
            return
        ensure_private_dir(self._path.parent)
        write_atomic(self._path, msgspec.json.encode(self._load()))
        self._changed = False

    def _load(self) -> _File:
        with self._loading:  # callers come from several threads
            if self._kept is None:
                found = self._quarantine.peek(self._path, _parse, limit=_MAX_BYTES)
                self._kept = _File() if found is None else found
            return self._kept


def _parse(data: bytes) -> _File:
    """What a file holds; one of another version of Ringlet is not believed."""
    file = msgspec.json.decode(data, type=_File)
    if file.format not in _READ:
        return _File()
    return msgspec.structs.replace(file, format=_FORMAT)


def _stamp(command: tuple[str, ...]) -> tuple[str, int, int] | None:
    """The key of a command, and the size and time of its executable; None if that is gone."""
    real = os.path.realpath(command[0])
    try:
        status = os.stat(real)
    except OSError:
        return None
    # The arguments belong to the key: two agents may share one interpreter.
    return "\n".join((real, *command[1:])), status.st_size, status.st_mtime_ns
