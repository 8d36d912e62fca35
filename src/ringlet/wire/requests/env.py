"""Requests about set-up tasks."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class EnvTasks(Request, frozen=True, tag="env_tasks"):
    """The set-up tasks that there are for a profile."""

    alias: str


class EnvSetup(Request, frozen=True, tag="env_setup"):
    """Run a set-up task by the daemon, with no terminal, in `cwd` or the user's home."""

    alias: str
    task: str
    cwd: str | None = None
