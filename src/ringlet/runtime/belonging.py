"""Which runs a process belongs to, as its marks and its ancestors tell.

A mark in the environment can be taken off, an ancestor cannot: the client of a run adopts its
orphans. Asked of one process, this takes a few small files of /proc; `tree.find` answers the same
of all processes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence

from ringlet.runtime import processtable
from ringlet.runtime.marks import RUN_ID
from ringlet.runtime.process import Process
from ringlet.runtime.processtable import Row
from ringlet.runtime.tree import Traces


def runs_of(
    pid: int, runs: Sequence[Traces], detached: Collection[Process] = ()
) -> set[str] | None:
    """The ids of those `runs` that the process is part of; None if there is no such process.

    A client is no part of the run that it carries out. Above `detached` agents there are only
    daemons, and who has adopted what a daemon left: whosever children these are.
    """
    found: set[str] = set()
    below: Row | None = None
    for row in _lineage(pid):
        marks = processtable.values(row.pid, RUN_ID)
        holding = [run for run in runs if run.run_id in marks or _holds(run, row, below)]
        found |= {run.run_id for run in holding}
        below = row
        if (row.pid, row.start) in detached:
            break
    return found if below or found else None


def is_started_by(pid: int, client: int, run_id: str) -> bool:
    """Whether the process may be what the client started for the run, or has ended already."""
    if processtable.row(pid) is None or run_id in processtable.values(pid, RUN_ID):
        return True
    above = {row.pid for row in _lineage(pid)} - {pid}
    return client in above or client == os.getpid()


def _lineage(pid: int) -> Iterator[Row]:
    """The process, its parent and so on, up to us or to where the system hides them."""
    row = processtable.row(pid)
    seen: set[int] = set()
    while row is not None and row.pid not in seen:
        seen.add(row.pid)
        yield row
        row = _parent(row)


def _parent(row: Row) -> Row | None:
    while row.parent > 1 and row.parent != os.getpid():
        parent = processtable.row(row.parent)
        if parent is not None:
            return parent
        again = processtable.row(row.pid)
        if again is None or again.parent == row.parent:
            return None
        row = again  # the parent has ended, and somebody has adopted the process
    return None


def _holds(run: Traces, row: Row, below: Row | None) -> bool:
    """Whether who has such an ancestor is part of the run; `below` is that one's child."""
    if _is_agent(run, row):
        return True
    since = run.agent.start if run.agent else 0.0
    if run.agent and run.agent.pid in (row.group, row.session) and row.start >= since:
        return True
    # Children that the client had before the agent are those of a shell that it was.
    return (
        run.client is not None
        and below is not None
        and (row.pid, row.start) == run.client
        and below.start >= since
    )


def _is_agent(run: Traces, row: Row) -> bool:
    return (row.pid, row.start) == run.agent
