"""What the threads counted that others were forked from."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ringlet.agents.usage.codex_counts import Numbers
from ringlet.agents.usage.codex_forks import born
from ringlet.agents.usage.codex_lines import Line, telling
from ringlet.agents.usage.lines import Decoder
from ringlet.agents.usage.logs import Logs
from ringlet.agents.usage.times import milliseconds, plausible
from ringlet.store.folder import Entry, Folder

SESSIONS: Final = "sessions"
ARCHIVED: Final = "archived_sessions"


class Parents:
    """Finds and reads them. The latest is remembered: forks of one thread come together."""

    def __init__(self, decoder: Decoder[Line]) -> None:
        self._decoder = decoder
        self._latest: tuple[Entry, list[int], list[Numbers]] | None = None

    def totals(
        self, folder: Folder, home: str, thread: str, forked: int
    ) -> Sequence[Numbers] | None:
        """The running totals of a thread up to a time, in order; None if its file is not there.

        What the thread counted after the fork cannot have been copied, and without it the answer
        is the same whenever it is asked for.
        """
        entry = _find(folder, home, thread)
        if entry is None:
            return None
        if self._latest is None or self._latest[0] != entry:
            self._latest = (entry, *self._read(folder, entry))
        _, times, totals = self._latest
        return totals[: bisect_right(times, forked)] if forked else totals

    def _read(self, folder: Folder, entry: Entry) -> tuple[list[int], list[Numbers]]:
        """Each total once, and when it was reached: never before the one before it."""
        times: list[int] = []
        totals: list[Numbers] = []
        fd = folder.open(entry.path)
        try:
            for block in Logs().blocks(fd, 0):
                for line in telling(block):
                    for record in self._decoder.records(line):
                        total = _total(record)
                        if total is not None and (not totals or total != totals[-1]):
                            time = milliseconds(record.timestamp) or 0
                            times.append(max(time, times[-1]) if times else time)
                            totals.append(total)
        finally:
            os.close(fd)
        return times, totals


def _find(folder: Folder, home: str, thread: str) -> Entry | None:
    for place in _places(home, thread):
        for entry in folder.files(place):
            if entry.path.endswith(f"-{thread}.jsonl"):
                return entry
    return None


def _places(home: str, thread: str) -> Iterator[str]:
    """Where the file may be. It lies in the folder of the day, wherever that began, of its id."""
    time = plausible(born(thread))
    if time is None:
        yield f"{home}/{SESSIONS}"
    else:
        day = datetime.fromtimestamp(time / 1000, UTC)
        for either in (day, day - timedelta(days=1), day + timedelta(days=1)):
            yield f"{home}/{SESSIONS}/{either:%Y/%m/%d}"
    yield f"{home}/{ARCHIVED}"


def _total(line: Line) -> Numbers | None:
    payload = line.payload
    if line.kind != "token_count" or payload is None or payload.info is None:
        return None
    total = payload.info.total_token_usage
    return total.numbers() if total is not None else None
