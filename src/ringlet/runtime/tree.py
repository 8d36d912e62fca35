"""All processes of a run: find them, measure them, end them.

Agents start their tools in sessions of their own and leave some behind, so neither a process
group nor the parents' chain alone reaches all. The command line sweeps with this module after
every run: its core is synchronous and light, asyncio is only loaded by `end`.
"""

from __future__ import annotations

import os
import time

from ringlet.runtime import processtable
from ringlet.runtime.light import NamedTuple
from ringlet.runtime.process import Process, await_end, send
from ringlet.runtime.processtable import Row

RUN_ID = "RINGLET_RUN_ID"
_KILL_SECONDS = 5.0
_FREEZE_ROUNDS = 10

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterable

    Search = Callable[[], set[Process]]
else:
    import _signal as signal  # the same functions without the enumerations


class Ended(NamedTuple):
    """What became of a tree: ended when asked to, ended by force, or still there."""

    terminated: list[Process]
    killed: list[Process]
    left: list[Process]


class Usage(NamedTuple):
    """What a tree has used so far. The peak adds up that of each process: an upper bound."""

    cpu_seconds: float
    peak_rss_bytes: int


def find(*, pid: int, start_time: float, run_id: str) -> set[Process]:
    """The running processes of the run whose agent is, or was, the process `pid`.

    These are its descendants, the groups and sessions that it or they lead, what was started
    with the run's id in its environment, and what descends from any of them. Never process 1,
    ourselves, or a process of another user.
    """
    table = list(processtable.rows())
    candidates = [row for row in table if row.start >= start_time and _may_end(row)]
    ids = _marked(candidates, run_id)
    holder = next((row for row in table if row.pid == pid), None)
    # When the agent is gone, its number may have been used again. The groups and sessions that
    # still carry it are the run's only if something of the run is in them.
    if holder:
        ours = holder.start == start_time
    else:
        ours = any(pid in (row.group, row.session) for row in candidates if row.pid in ids)
    return _grow(candidates, ids | {pid} if ours else ids)


def sweep(run_id: str, timeout: float) -> Ended:
    """End what a run has left behind, found by its id; `timeout` seconds to go by themselves."""
    return _end(lambda: _find_marked(run_id), timeout)


async def end(*, pid: int, start_time: float, run_id: str, grace: float = 5.0) -> Ended:
    """End the whole tree: ask, wait `grace` seconds, then freeze and kill until none is left."""
    # Only here: the command line sweeps without asyncio, whose import takes longer than the sweep.
    import asyncio

    def search() -> set[Process]:
        return find(pid=pid, start_time=start_time, run_id=run_id)

    return await asyncio.to_thread(_end, search, grace)


def sample(pid: int) -> Usage:
    """What the process and its present descendants have used; zero if it is gone."""
    table = list(processtable.rows())
    family = {pid}
    while more := {row.pid for row in table if row.parent in family} - family:
        family |= more
    return Usage(
        cpu_seconds=sum(row.cpu for row in table if row.pid in family),
        peak_rss_bytes=sum(map(processtable.peak_memory, family)),
    )


def _find_marked(run_id: str) -> set[Process]:
    candidates = [row for row in processtable.rows() if _may_end(row)]
    return _grow(candidates, _marked(candidates, run_id))


def _may_end(row: Row) -> bool:
    return row.pid not in (1, os.getpid()) and row.uid == os.geteuid()


def _marked(candidates: list[Row], run_id: str) -> set[int]:
    return {row.pid for row in candidates if processtable.started_with(row.pid, RUN_ID, run_id)}


def _grow(candidates: list[Row], ids: set[int]) -> set[Process]:
    """Add children, group and session members until nothing is added; those that still run."""
    # An agent that its parent has not collected yet still leads its group: only leave it out here.
    while (
        more := {
            row.pid
            for row in candidates
            if not ids.isdisjoint((row.parent, row.group, row.session))
        }
        - ids
    ):
        ids |= more
    return {Process(row.pid, row.start) for row in candidates if row.pid in ids and _runs(row)}


def _runs(row: Row) -> bool:
    return row.state not in "ZX"


def _end(search: Search, grace: float) -> Ended:
    asked = _terminate(search, time.monotonic() + grace)
    if not asked:
        return Ended([], [], [])
    killed, left = _kill(search, time.monotonic() + _KILL_SECONDS)
    return Ended(sorted(asked - killed - left), sorted(killed - left), sorted(left))


def _terminate(search: Search, deadline: float) -> set[Process]:
    """Ask each process to end, also those that appear meanwhile; returns all that were asked."""
    asked: set[Process] = set()
    while found := search():
        for process in found - asked:
            send(process, signal.SIGTERM)
            # A stopped process hears nothing until it goes on.
            if (row := processtable.row(process.pid)) and row.state == "T":
                send(process, signal.SIGCONT)
        asked |= found
        if not _all_end(found, deadline) or time.monotonic() > deadline:
            break
    return asked


def _kill(search: Search, deadline: float) -> tuple[set[Process], set[Process]]:
    """Kill until the search finds nothing; returns the killed, and those that would not go."""
    killed: set[Process] = set()
    while found := _freeze(search):
        killed |= {process for process in found if send(process, signal.SIGKILL)}
        if not _all_end(found, deadline) or time.monotonic() > deadline:
            break
    return killed, search()


def _freeze(search: Search) -> set[Process]:
    """Stop the tree first, as one that runs could fork faster than it is killed."""
    frozen: set[Process] = set()
    for _ in range(_FREEZE_ROUNDS):
        new = search() - frozen
        if not new:
            break
        for process in new:
            send(process, signal.SIGSTOP)
        frozen |= new
    return frozen


def _all_end(processes: Iterable[Process], deadline: float) -> bool:
    return all([await_end(process, deadline) for process in processes])
