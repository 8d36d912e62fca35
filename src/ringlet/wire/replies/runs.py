"""Plans of runs, and what is said of runs."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ExecutionContext(msgspec.Struct, frozen=True):
    """A plan that a client can carry out. Secrets are not in it.

    `env` is complete but for the variables named in `secret_env`; their values are fetched once
    with `ticket` (request `run_secrets`) on the same connection.
    """

    binary: str
    working_dir: str
    env: dict[str, str]
    args: list[str]
    alias: str
    run_id: str
    secret_env: list[str]
    ticket: str
    notes: list[str] = []


class RunInfo(msgspec.Struct, frozen=True):
    """A run; times are UTC, `ended_at` is absent while it lasts."""

    run_id: str
    profile: str
    agent_id: str
    provider_id: str
    model: str
    cwd: str
    started_at: datetime
    pid: int | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    duration_secs: float | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None
    outcome: str = "running"


class StartedProcess(msgspec.Struct, frozen=True):
    """The process that the daemon started by itself."""

    pid: int


class RunCompleted(msgspec.Struct, frozen=True):
    exit_code: int


class KeyOfRun(msgspec.Struct, frozen=True):
    """The key that an agent asked for."""

    key: str

    def __repr__(self) -> str:
        return "KeyOfRun()"


class RunKeys(msgspec.Struct, frozen=True):
    """The values of the variables that a plan left out."""

    env: dict[str, str]

    def __repr__(self) -> str:
        return f"RunKeys({sorted(self.env)})"
