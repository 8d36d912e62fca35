"""Requests about runs: planning, carrying out, following and ending them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ringlet.wire.protocol import MOST_RUNS
from ringlet.wire.requests.base import Request

ProcessId = Annotated[int, Meta(ge=1, le=(1 << 31) - 1)]
ExitCode = Annotated[int, Meta(ge=-255, le=(1 << 32) - 1)]  # negative: the signal that ended it
Bytes = Annotated[int, Meta(ge=0, le=(1 << 62))]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]


class ProfilesPrepare(Request, frozen=True, tag="profiles_prepare"):
    """Plan a run that the client will carry out itself in `cwd` with its `environ`.

    With `command` that program runs in the profile's environment instead of the agent.
    """

    alias: str
    args: list[str] = []
    cwd: str | None = None
    environ: dict[str, str] = {}
    command: list[str] = []
    trust: bool = False


class ProfilesRun(Request, frozen=True, tag="profiles_run"):
    """Run the agent by the daemon, with no terminal."""

    alias: str
    args: list[str] = []
    cwd: str | None = None


class ProfilesComplete(Request, frozen=True, tag="profiles_complete"):
    """Report the end of a prepared run. Times are RFC 3339; the daemon's own clock decides."""

    run_id: str
    started_at: str = ""
    ended_at: str = ""
    exit_code: ExitCode = 0
    signal: Annotated[int, Meta(ge=1, le=255)] | None = None
    peak_memory_bytes: Bytes | None = None
    cpu_seconds: Seconds | None = None


class RunSecrets(Request, frozen=True, tag="run_secrets"):
    """Redeem the one-time ticket of a plan, on the connection that the plan came over."""

    ticket: str


class RunKey(Request, frozen=True, tag="run_key"):
    """The key of the run that the asking process is part of, for agents that ask by a command."""

    run_id: str


class RunStarted(Request, frozen=True, tag="run_started"):
    """The client started the planned program as `pid`."""

    run_id: str
    pid: ProcessId


class RunsList(Request, frozen=True, tag="runs_list"):
    """Runs that have not ended, and the last ended ones."""

    limit: Annotated[int, Meta(ge=0, le=MOST_RUNS)] = 20


class RunsPause(Request, frozen=True, tag="runs_pause"):
    """Stop a run and everything that it started where they are, until `runs_resume`."""

    run_id: str


class RunsResume(Request, frozen=True, tag="runs_resume"):
    """Let a paused run go on."""

    run_id: str


class RunsStop(Request, frozen=True, tag="runs_stop"):
    """End a run and everything that it started."""

    run_id: str
