"""Take the log of runs into the ledger, where it can be asked by time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from ringlet.agents.usage.logs import Logs
from ringlet.engine.records import OTHER_PROGRAM
from ringlet.store.descriptors import open_regular
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.positions import Position
from ringlet.store.ledger.runs import Run

_KEPT: Final = 9  # older parts of the log that may still be there


class _Record(msgspec.Struct):
    session_id: str
    profile: str
    agent_id: str
    provider_id: str
    started_at: datetime
    ended_at: datetime
    duration_secs: float = 0.0
    model: str = ""
    source: str = ""
    cwd: str = ""
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None


class RunLog:
    """Follows `sessions.jsonl` and its older parts. Blocks; one thread at a time."""

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self._ledger = ledger
        self._path = path
        self._known = {
            file.path: file for file in ledger.files() if file.path.startswith(f"{path}")
        }
        self._decoder = msgspec.json.Decoder(_Record)
        self._logs = Logs()

    def refresh(self) -> int:
        """Take in what is new; how many runs that were."""
        parts = [self._path.with_name(f"{self._path.name}.{n}") for n in range(_KEPT, 0, -1)]
        return sum(self._refresh(part) for part in (*parts, self._path))

    def _refresh(self, part: Path) -> int:
        try:
            fd = open_regular(part, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return 0
        try:
            status = os.fstat(fd)
            place = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            known = self._known.get(str(part))
            if known is not None and known.signature == place:
                return 0
            same = known is not None and known.signature[:2] == place[:2]
            offset = known.offset if known is not None and same else 0
            return self._read(fd, part, place, offset if offset <= status.st_size else 0)
        finally:
            os.close(fd)

    def _read(self, fd: int, part: Path, place: tuple[int, int, int, int], offset: int) -> int:
        count = 0
        for block in self._logs.blocks(fd, offset):
            position = Position(str(part), *place, offset=block.end)
            count += self._ledger.note_runs(self._runs(block.data), [position])
            self._known[str(part)] = position
        return count

    def _runs(self, lines: bytes) -> Iterator[Run]:
        for line in lines.splitlines():
            try:
                run = _run(self._decoder.decode(line))
            except (ValueError, OverflowError, RecursionError):  # a line that is none, or no time
                continue
            yield run


def _run(record: _Record) -> Run:
    return Run(
        record.session_id,
        record.profile,
        "" if record.source == OTHER_PROGRAM else record.agent_id,
        record.provider_id,
        record.model,
        record.cwd,
        round(record.started_at.timestamp() * 1000),
        round(record.ended_at.timestamp() * 1000),
        record.duration_secs,
        record.cpu_seconds,
        record.peak_memory_bytes,
    )
