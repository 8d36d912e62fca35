"""Runs: who started what, whether it is still there, and how it ended.

A run is a small file from its start to its end, and a line of sessions.jsonl after that, so
that neither the death of the client nor that of the daemon loses one. The daemon watches the
client that carries a run out; when the client dies without a word, the run's processes are
ended and the run is recorded as lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from ringlet.domain.attribution import Attribution
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.events import EventStream
from ringlet.engine.records import (
    ActiveRun,
    End,
    active_info,
    ended_info,
    ended_record,
    parse_run,
    traces,
)
from ringlet.runtime import scratch, tree
from ringlet.runtime.belonging import is_started_by
from ringlet.runtime.lease import Lease
from ringlet.runtime.process import Process, is_alive, send, start_time
from ringlet.store.aside import aside
from ringlet.store.files import write_atomic
from ringlet.store.jsonlines import JsonLines
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine
from ringlet.wire.encoding import encode
from ringlet.wire.replies.runs import RunInfo

_log = logging.getLogger(__name__)
STOP_GRACE: Final = 5.0
_ROTATE_BYTES: Final = 64 << 20
_LARGEST_RUN: Final = 1 << 16


class Runs:
    """Opens, watches, ends and records runs."""

    def __init__(
        self,
        *,
        folder: Path,
        quarantine: Quarantine,
        sessions: Path,
        profiles: ProfileStore,
        events: EventStream,
        ended: Callable[[ActiveRun, End], None],
    ) -> None:
        self._folder = folder
        self._quarantine = quarantine
        self._sessions_path = sessions
        self._profiles = profiles
        self._events = events
        self._ended = ended
        self._active: dict[str, ActiveRun] = {}
        self._leases: dict[str, Lease] = {}
        self._clocks: dict[str, float] = {}
        self._stopping: set[str] = set()
        self._tasks: set[asyncio.Task[object]] = set()

    @cached_property
    def log(self) -> JsonLines:
        """The record of ended runs, opened at first use: without a daemon nothing is written."""
        return JsonLines(self._sessions_path, self._quarantine.folder, rotate_bytes=_ROTATE_BYTES)

    @property
    def count(self) -> int:
        """Runs that have not ended."""
        return len(self._active)

    def active(self, profile: str | None = None) -> list[ActiveRun]:
        """Runs that have not ended, oldest first."""
        runs = (run for run in self._active.values() if profile in (None, run.profile))
        return sorted(runs, key=lambda run: run.started_at)

    async def recent(self, limit: int) -> list[RunInfo]:
        """Active runs, then the last ended ones, newest first."""
        records = await asyncio.to_thread(self._last, limit)
        attribution = Attribution(self._profiles.all())
        ended = [info for record in records if (info := ended_info(record, attribution))]
        return [active_info(run) for run in reversed(self.active())] + ended

    async def open(
        self,
        profile: Profile,
        *,
        cwd: str,
        client_pid: int | None,
        adopts: bool,
        is_agent: bool = True,
        temporary: str = "",
    ) -> ActiveRun:
        """A run is about to start, carried out by the process `client_pid`; None: by ourselves.

        `adopts` is said of a client that adopts the orphans of the run, and has no others.
        `temporary` is its own folder for temporary files, which is removed with it.
        """
        carrier = os.getpid() if client_pid is None else client_pid
        began = start_time(carrier)
        if began is None:
            raise RingletError(
                ErrorCode.EXECUTION_ERROR,
                "The daemon cannot see the process that is to run the agent",
                hint="Start both where /proc is mounted, and not in different containers.",
            )
        run = ActiveRun(
            run_id=uuid4().hex,
            profile=profile.alias,
            agent_id=profile.agent_id,
            provider_id=profile.provider_id,
            model=profile.model,
            cwd=cwd,
            started_at=datetime.now(UTC),
            client_pid=carrier,
            client_start=began,
            is_agent=is_agent,
            is_detached=client_pid is None,
            scratch=temporary,
            adopts=adopts,
        )
        await self._keep(run)
        self._watch(run)
        return run

    async def started(self, run_id: str, pid: int) -> None:
        """The client started the program; from here on the run counts as use of the profile."""
        run = self._get(run_id)
        if not await asyncio.to_thread(is_started_by, pid, run.client_pid, run_id):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Process {pid} was not started by the client of run {run_id[:12]}",
                hint="Name the process that you have started with the plan's environment.",
            )
        self._clocks[run_id] = time.monotonic()
        run = msgspec.structs.replace(run, pid=pid, pid_start=start_time(pid) or 0.0)
        await self._keep(run)
        if run_id in self._stopping:  # it was to end before we knew what
            self._spawn(self._end_tree(run))
        await self._profiles.update(run.profile, partial(_used, run=run))
        self._events.publish("ProfileStarted", {"alias": run.profile, "pid": pid, "run_id": run_id})

    async def finished(self, run_id: str, end: End) -> RunInfo | None:
        """The run ended as its client says; raises RUN_NOT_FOUND if it was recorded before."""
        run = self._get(run_id)
        if run_id in self._stopping:
            end = End("stopped", end.exit_code, end.peak_memory_bytes, end.cpu_seconds)
        return await self._record(run, end)

    async def end_rest(self, run_id: str) -> None:
        """End what a run has left behind whose program ended just now."""
        await self._end_tree(self._get(run_id))

    async def discard(self, run_id: str) -> None:
        """The program never started: there is nothing to record."""
        if run := self._active.get(run_id):
            await self._drop(run)

    async def stop(self, run_id: str) -> None:
        """End everything that belongs to a run; its client then reports the end."""
        run = self._get(run_id)
        self._stopping.add(run_id)
        await self._end_tree(run)

    async def pause(self, run_id: str) -> ActiveRun:
        """Stop everything that belongs to a run where it is, until `resume`."""
        run = self._get(run_id)
        await self._keep(msgspec.structs.replace(run, paused=True))
        await tree.suspend(traces(run))
        return run

    async def resume(self, run_id: str) -> ActiveRun:
        """Let a paused run go on; one that goes on already does not mind."""
        run = self._get(run_id)
        await tree.go_on(traces(run))
        await self._keep(msgspec.structs.replace(self._get(run_id), paused=False))
        return run

    def examine(self) -> None:
        """Open the record of ended runs now, so that damage to it is told. Blocks."""
        self.log.check()
        for problem in self.log.problems:
            self._quarantine.report(problem)

    def adopt(self) -> None:
        """Take over the runs of an earlier daemon: go on watching, or record what was missed."""
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            run = self._quarantine.peek(path, parse_run, limit=_LARGEST_RUN)
            if run is None:
                continue
            if any(record.get("session_id") == run.run_id for record in self._last(1000)):
                scratch.remove(run.scratch)
                path.unlink(missing_ok=True)  # recorded, then killed before the file was removed
                continue
            if run.is_detached and run.pid is not None:  # it has gone on without a daemon
                run = msgspec.structs.replace(run, client_pid=run.pid, client_start=run.pid_start)
            self._active[run.run_id] = run
            self._watch(run)

    async def close(self) -> None:
        """Stop watching; runs go on and are adopted by the next daemon."""
        for lease in self._leases.values():
            lease.release()
        self._leases.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _get(self, run_id: str) -> ActiveRun:
        if (run := self._active.get(run_id)) is None:
            raise RingletError(ErrorCode.RUN_NOT_FOUND, f"There is no active run {run_id!r}")
        return run

    def _watch(self, run: ActiveRun) -> None:
        self._leases[run.run_id] = Lease(
            run.client_pid, run.client_start, lambda: self._spawn(self._abandon(run.run_id))
        )

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _abandon(self, run_id: str) -> None:
        """The client is gone and has not said how the run ended."""
        run = self._active.get(run_id)
        if run is None:
            return
        usage = tree.sample(run.pid) if run.pid and is_alive(run.pid, run.pid_start) else None
        found = await self._end_tree(run)
        if run_id not in self._active:
            return
        stopped = run_id in self._stopping
        if run.pid is None and not found and not stopped:  # the program was never started
            await self._drop(run)
            return
        outcome = "stopped" if stopped else "lost"
        cpu = usage.cpu_seconds if usage else None
        peak = usage.peak_rss_bytes if usage else None
        await self._record(run, End(outcome, peak_memory_bytes=peak, cpu_seconds=cpu))

    async def _end_tree(self, run: ActiveRun) -> bool:
        """End all processes of a run, and say whether there were any."""
        ended = await tree.end(traces(run), STOP_GRACE)
        # Processes are frozen before they are killed; a client that stopped with its agent
        # has to go on to see the end.
        send(Process(run.client_pid, run.client_start), signal.SIGCONT)
        return any(ended)

    async def _record(self, run: ActiveRun, end: End) -> RunInfo | None:
        """Write the line first, then remove the file: a crash in between is noticed by `adopt`."""
        self._active.pop(run.run_id, None)  # claimed: no second report records it again
        now = datetime.now(UTC)
        began = self._clocks.pop(run.run_id, None)
        # The monotonic clock where this daemon saw the start: wall clocks jump.
        seconds = (now - run.started_at).total_seconds()
        if began is not None:
            seconds = time.monotonic() - began
        record = ended_record(run, end, ended_at=now, seconds=max(0.0, seconds))
        await asyncio.to_thread(self.log.append, record)
        await self._drop(run)
        self._events.publish(
            "ProfileStopped",
            {
                "alias": run.profile,
                "run_id": run.run_id,
                "exit_code": end.exit_code,
                "runtime_secs": record["duration_secs"],
                "outcome": end.outcome,
            },
        )
        self._ended(run, end)
        return ended_info(record)

    async def _keep(self, run: ActiveRun) -> None:
        await asyncio.to_thread(write_atomic, self._file(run), encode(run))
        self._active[run.run_id] = run  # only what is on disk is a run

    async def _drop(self, run: ActiveRun) -> None:
        self._active.pop(run.run_id, None)
        self._stopping.discard(run.run_id)
        if lease := self._leases.pop(run.run_id, None):
            lease.release()
        # Without this file nobody would know of the folder.
        await aside(scratch.remove, run.scratch)
        await asyncio.to_thread(self._file(run).unlink, missing_ok=True)

    def _file(self, run: ActiveRun) -> Path:
        return self._folder / f"{run.run_id}.json"

    def _last(self, limit: int) -> list[dict[str, Any]]:
        """The last records, newest first."""
        return list(deque(self.log.read(), maxlen=limit))[::-1]


def _used(profile: Profile, *, run: ActiveRun) -> Profile:
    runs = profile.metadata.total_runs + run.is_agent
    metadata = msgspec.structs.replace(profile.metadata, last_used=run.started_at, total_runs=runs)
    return msgspec.structs.replace(profile, metadata=metadata)
