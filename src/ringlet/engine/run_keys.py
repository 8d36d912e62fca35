"""Keys of runs whose agents ask for them by a command, instead of finding them in a variable."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.engine.records import ActiveRun
from ringlet.engine.runs import Runs
from ringlet.runtime import processtable

# What an agent runs; it finds the run in its environment.
HELPER: Final = (sys.executable, "-I", "-m", "ringlet.cli.key")
_DEEPEST: Final = 64


class RunKeys:
    """Keeps keys in memory for as long as their runs last, and hands them to those runs only.

    `find` looks for the key of a run that an earlier daemon has begun.
    """

    def __init__(self, *, runs: Runs, find: Callable[[ActiveRun], Awaitable[Secret]]) -> None:
        self._runs = runs
        self._find = find
        self._keys: dict[str, Secret] = {}

    def keep(self, run_id: str, key: Secret) -> None:
        """The key of a run that has just begun."""
        active = {run.run_id for run in self._runs.active()}
        self._keys = {run: kept for run, kept in self._keys.items() if run in active}
        self._keys[run_id] = key

    async def hand_out(self, run_id: str, pid: int) -> Secret:
        """The key of a run, if the process `pid` belongs to it; FORBIDDEN to all others."""
        run = next((run for run in self._runs.active() if run.run_id == run_id), None)
        if run is None:
            raise RingletError(ErrorCode.RUN_NOT_FOUND, f"There is no active run {run_id!r}")
        family = await asyncio.to_thread(lambda: set(_ancestors(pid)))
        # The daemon is the parent of all that it runs detached: there the agent alone will do.
        alone = run.is_detached and run.pid is not None
        if not family & {run.pid, run.pid if alone else run.client_pid}:
            raise RingletError(ErrorCode.FORBIDDEN, "This process is not part of the run")
        if run_id not in self._keys:  # the daemon is younger than the run
            self._keys[run_id] = await self._find(run)
        return self._keys[run_id]


def _ancestors(pid: int) -> Iterator[int]:
    """The process, its parent, and so on."""
    for _ in range(_DEEPEST):
        row = processtable.row(pid)
        if row is None or pid <= 1:
            return
        yield pid
        pid = row.parent
