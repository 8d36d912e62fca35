"""What is said of profiles."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ringlet.domain.rights import AgentRights


class ProfileInfo(msgspec.Struct, frozen=True):
    """A row of `profiles list`."""

    alias: str
    agent_id: str
    provider_id: str
    endpoint_id: str
    model: str
    last_used: datetime | None
    total_runs: int


class ProfileDetail(ProfileInfo, frozen=True):
    """One profile in full; `api_key` is masked, or says where it would come from.

    `agent_rights` are its own, else those of the settings. `home_was_there` means that the home is
    older than the profile.
    """

    endpoint_url: str
    home: str
    created_at: datetime
    api_key: str
    args: tuple[str, ...]
    env: dict[str, str]
    working_dir: str | None
    alias_path: str | None
    active_runs: int
    hooks: tuple[str, ...]
    mcp_servers: tuple[str, ...]
    bare: bool
    agent_rights: AgentRights
    home_was_there: bool


class ProfileChanged(msgspec.Struct, frozen=True):
    """What is different of a profile now, and what the user should know; `alias` is the new one."""

    alias: str
    changes: list[str]
    notes: list[str] = []


class FileDiff(msgspec.Struct, frozen=True):
    """What would change in a file of the home: a unified diff, in which secrets are masked."""

    path: str
    diff: str


class ProfilePlan(msgspec.Struct, frozen=True):
    """What a run would come to; the variables of `secret_env` hold secrets and have no values.

    `warnings` are sentences about what would not go well.
    """

    alias: str
    agent_id: str
    provider_id: str
    endpoint_id: str
    model: str
    home: str
    binary: str
    args: list[str]
    working_dir: str
    agent_rights: AgentRights
    env: dict[str, str]
    secret_env: list[str]
    files: list[FileDiff]
    warnings: list[str] = []


class TaskInfo(msgspec.Struct, frozen=True):
    """A set-up task of a profile's agent."""

    name: str
    description: str
    command: str
