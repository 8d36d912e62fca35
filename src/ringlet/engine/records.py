"""What is written down of a run, while it lasts and after its end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from ringlet.domain.attribution import Attribution
from ringlet.runtime import tree
from ringlet.runtime.process import Process, is_alive
from ringlet.wire.replies.runs import RunInfo

# `source` in sessions.jsonl of what was no run of the agent: `profiles exec`, and set-up tasks.
OTHER_PROGRAM: Final = "profile_exec"


class ActiveRun(msgspec.Struct, frozen=True):
    """A run that has not ended, as in `runs/<run_id>.json`.

    `client_*` name the process that carries it out, `pid` the agent once it was started; each
    with its start time, because process ids are used again. `is_agent` is not set for another
    program in the profile's environment. `paused` ones were stopped and wait to go on. Those that
    are detached were started by a daemon itself, and outlive it. `adopts` says that the client is
    our command line: it does nothing else, and adopts the orphans of the run. Other programs that
    carry runs out have children of their own. `scratch` is the folder for its temporary files, if
    it has one of its own.
    """

    run_id: str
    profile: str
    agent_id: str
    provider_id: str
    model: str
    cwd: str
    started_at: datetime
    client_pid: int
    client_start: float
    pid: int | None = None
    pid_start: float = 0.0
    is_agent: bool = True
    is_detached: bool = False
    adopts: bool = True
    paused: bool = False
    scratch: str = ""


def parse_run(data: bytes) -> ActiveRun:
    """What `runs/<run_id>.json` holds; ValueError if it names a process that cannot be."""
    run = msgspec.json.decode(data, type=ActiveRun)
    try:
        is_alive(run.client_pid, run.client_start)
    except OverflowError as error:
        raise ValueError("names a process that cannot be") from error
    return run


def read_runs(folder: Path) -> list[ActiveRun]:
    """The runs that a daemon has noted down; files that are damaged are its business."""
    found = []
    for path in folder.glob("*.json"):
        with suppress(OSError, ValueError, msgspec.DecodeError):
            found.append(parse_run(path.read_bytes()))
    return found


def traces(run: ActiveRun) -> tree.Traces:
    """What the processes of a run are known by."""
    # What the daemon runs by itself it has started among other things of its own, as others do.
    is_alone = run.adopts and not run.is_detached
    return tree.Traces(
        run.run_id,
        agent=agent_of(run),
        client=Process(run.client_pid, run.client_start) if is_alone else None,
    )


def agent_of(run: ActiveRun) -> Process | None:
    """The program that was started, as far as is known."""
    return Process(run.pid, run.pid_start) if run.pid else None


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended. `outcome`: exited, signalled, stopped, or lost (nobody saw the end)."""

    outcome: str
    exit_code: int | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None


def ended_record(run: ActiveRun, end: End, *, ended_at: datetime, seconds: float) -> dict[str, Any]:
    """A line of sessions.jsonl."""
    record = {
        "session_id": run.run_id,
        "profile": run.profile,
        "agent_id": run.agent_id,
        "provider_id": run.provider_id,
        "model": run.model,
        "cwd": run.cwd,
        "started_at": run.started_at,
        "ended_at": ended_at,
        "duration_secs": round(seconds, 3),
        "exit_code": end.exit_code,
        "peak_memory_bytes": end.peak_memory_bytes,
        "cpu_seconds": end.cpu_seconds,
        "outcome": end.outcome,
        "source": "profile_run" if run.is_agent else OTHER_PROGRAM,
    }
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return plain


def active_info(run: ActiveRun) -> RunInfo:
    """A run that lasts, as clients see it."""
    return RunInfo(
        run_id=run.run_id,
        profile=run.profile,
        agent_id=run.agent_id,
        provider_id=run.provider_id,
        model=run.model,
        cwd=run.cwd,
        started_at=run.started_at,
        pid=run.pid,
        outcome="paused" if run.paused else "running",
    )


def ended_info(record: dict[str, Any], attribution: Attribution | None = None) -> RunInfo | None:
    """A line of sessions.jsonl, as clients see it; None if it is not one of ours.

    With `attribution` its profile is called as it is now.
    """
    try:
        info = msgspec.convert(record | {"run_id": record["session_id"]}, RunInfo)
    except (KeyError, msgspec.ValidationError):
        return None
    if attribution is None:
        return info
    present = attribution.present(info.profile, info.started_at)
    return msgspec.structs.replace(info, profile=present)
