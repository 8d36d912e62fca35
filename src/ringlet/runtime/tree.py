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
from ringlet.runtime.marks import RUN_ID, SERVICE
from ringlet.runtime.process import Process, await_end, send
from ringlet.runtime.processtable import Row

_KILL_SECONDS = 5.0
_FREEZE_ROUNDS = 10

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterable

    Search = Callable[[], set[Process]]
    Test = Callable[[int], bool]
else:
    import _signal as signal  # the same functions without the enumerations


class Traces(NamedTuple):
    """What the processes of a run are known by.

    `run_id` is in the environment of those that did not clear it; `agent` is, or was, the program
    that was started; `client` started it, nothing else, and adopts the orphans of its tree. It is
    None where somebody started it who does more than that.
    """

    run_id: str
    agent: Process | None
    client: Process | None


class Ended(NamedTuple):
    """What became of a tree: ended when asked to, ended by force, or still there."""

    terminated: list[Process]
    killed: list[Process]
    left: list[Process]


class Usage(NamedTuple):
    """What a tree has used so far. The peak adds up that of each process: an upper bound."""

    cpu_seconds: float
    peak_rss_bytes: int


def find(traces: Traces, *, lock: str = "") -> set[Process]:
    """The running processes of a run.

    These are the descendants of its agent, the groups and sessions that it or they lead, what was
    started with the run's id in its environment, what its client has adopted that is not another
    run's, and what descends from any of them. Never process 1, ourselves, the client, or a process
    of another user; nor the daemon, which holds `lock`, and what it has started for itself.
    """
    agent, client = traces.agent, traces.client
    since = next((known.start for known in (agent, client) if known), 0.0)
    table = {row.pid: row for row in processtable.rows()}
    candidates = [row for row in table.values() if row.start >= since and _may_end(row, client)]
    ids = _marked(candidates, traces.run_id)
    if client and _starts(table, client.pid) == client.start:
        adopted = (row.pid for row in candidates if row.parent == client.pid)
        ids |= {pid for pid in adopted if not _is_of_another(pid, traces.run_id)}
    if agent and _is_known(agent, table, candidates, ids):
        ids.add(agent.pid)
    return _grow(candidates, ids, lambda pid: _is_service(pid, lock))


def sweep(traces: Traces, timeout: float, *, lock: str = "") -> Ended:
    """End what a run has left behind; `timeout` seconds to go by themselves."""
    return _end(lambda: find(traces, lock=lock), timeout)


async def end(traces: Traces, grace: float = 5.0) -> Ended:
    """End the whole tree: ask, wait `grace` seconds, then freeze and kill until none is left."""
    # Only here: the command line sweeps without asyncio, whose import takes longer than the sweep.
    import asyncio

    return await asyncio.to_thread(_end, lambda: find(traces), grace)


async def suspend(traces: Traces) -> int:
    """Stop the whole tree where it is; how many processes that were."""
    import asyncio

    return len(await asyncio.to_thread(_freeze, lambda: find(traces)))


async def go_on(traces: Traces) -> int:
    """Let a suspended tree go on, its client included; how many processes that were."""
    import asyncio

    found = await asyncio.to_thread(find, traces)
    # The client first: it stops with its agent, and passes on what its terminal says.
    first = [traces.client] if traces.client else []
    return sum([send(process, signal.SIGCONT) for process in [*first, *found]])


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


def _starts(table: dict[int, Row], pid: int) -> float | None:
    return table[pid].start if pid in table else None


def _may_end(row: Row, client: Process | None) -> bool:
    never = (1, os.getpid(), client.pid if client else 0)
    return row.pid not in never and row.uid == os.geteuid()


def _is_known(agent: Process, table: dict[int, Row], candidates: list[Row], ids: set[int]) -> bool:
    """Whether the agent's number still means the agent, as process, group or session.

    When the agent is gone, its number may have been used again. The groups and sessions that
    still carry it are the run's only if something of the run is in them.
    """
    if agent.pid in table:
        return _starts(table, agent.pid) == agent.start
    return any(agent.pid in (row.group, row.session) for row in candidates if row.pid in ids)


def _is_service(pid: int, lock: str) -> bool:
    """Whether the process is the daemon, or serves it. The daemon hides its environment."""
    if processtable.started_with(pid, SERVICE, "1"):
        return True
    from ringlet.store import instance  # only where something was found

    return bool(lock) and instance.holder(lock) == pid


def _marked(candidates: list[Row], run_id: str) -> set[int]:
    return {row.pid for row in candidates if processtable.started_with(row.pid, RUN_ID, run_id)}


def _is_of_another(pid: int, run_id: str) -> bool:
    """Whether the process is one that a daemon within the run had started for another run.

    The daemon sees to those by itself: also to what a client within the run has left.
    """
    return bool(processtable.values(pid, RUN_ID) - {run_id})


def _grow(candidates: list[Row], roots: set[int], is_spared: Test) -> set[Process]:
    """Add children, group and session members until nothing is added; those that still run.

    Nothing is reached by way of a process that is spared.
    """
    # An agent that its parent has not collected yet still leads its group: only leave it out here.
    ids: set[int] = set()
    spared: set[int] = set()
    more = roots
    while more:
        spared |= set(filter(is_spared, more))
        ids |= more - spared
        more = {
            row.pid
            for row in candidates
            if not ids.isdisjoint((row.parent, row.group, row.session))
        } - (ids | spared)
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
