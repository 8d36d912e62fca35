"""Keys of runs whose agents ask for them by a command, instead of finding them in a variable."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.engine.records import ActiveRun, agent_of
from ringlet.engine.runs import Runs
from ringlet.runtime import processtable
from ringlet.runtime.marks import RUN_ID
from ringlet.runtime.process import Process
from ringlet.runtime.processtable import Row

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
        if not await asyncio.to_thread(_is_part, pid, run, self._runs.active()):
            raise RingletError(ErrorCode.FORBIDDEN, "This process is not part of the run")
        if run_id not in self._keys:  # the daemon is younger than the run
            self._keys[run_id] = await self._find(run)
        return self._keys[run_id]


def _is_part(pid: int, run: ActiveRun, active: Sequence[ActiveRun]) -> bool:
    """Whether the run is the innermost one that the process is part of."""
    agents = {agent_of(each): each.run_id for each in active if each.pid}
    below: Row | None = None
    for row in _ancestors(pid):
        innermost = agents.get(Process(row.pid, row.start))
        if innermost is not None:
            return innermost == run.run_id
        if below is not None and row.pid == run.client_pid and _may_start(run, below):
            return True
        below = row
    return False


def _may_start(run: ActiveRun, child: Row) -> bool:
    """Whether the child of its client is the agent, or has lost its parent within the run.

    The agent may ask before we hear that it was started. What else the client has started, if it
    does more than to carry out the run, has not the run's mark.
    """
    if run.adopts and not run.is_detached:
        return True
    return run.pid is None and processtable.started_with(child.pid, RUN_ID, run.run_id)


def _ancestors(pid: int) -> Iterator[Row]:
    """The process, its parent, and so on."""
    for _ in range(_DEEPEST):
        row = processtable.row(pid)
        if row is None or pid <= 1:
            return
        yield row
        pid = row.parent
