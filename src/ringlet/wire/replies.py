"""Replies of the public protocol: `{"type": …, "data": …}`, and the objects in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class AgentInfo(msgspec.Struct, frozen=True):
    """An agent and what is known of its installation."""

    id: str
    name: str
    installed: bool
    version: str | None
    binary_path: str | None
    profile_count: int
    default_model: str | None
    default_provider: str | None
    supports_hooks: bool
    last_used: datetime | None
    supported_models: tuple[str, ...]
    compatible_providers: tuple[str, ...]
    profile_home: str
    install_hint: str
    reason: str
    source: str


class EndpointInfo(msgspec.Struct, frozen=True):
    id: str
    url: str
    is_default: bool


class ProviderInfo(msgspec.Struct, frozen=True):
    """A provider; `models` empty means that it takes any model name."""

    id: str
    name: str
    provider_type: str
    default_model: str | None
    endpoints: tuple[EndpointInfo, ...]
    default_endpoint: str
    auth_required: bool
    auth_prompt: str
    auth_env_key: str
    models: tuple[str, ...]
    apis: tuple[str, ...]
    source: str


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
    """One profile in full; `api_key` is masked, or says where it would come from."""

    endpoint_url: str
    home: str
    created_at: datetime
    api_key: str
    args: tuple[str, ...]
    env: dict[str, str]
    working_dir: str | None
    alias_path: str | None
    active_runs: int


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


class DaemonInfo(msgspec.Struct, frozen=True):
    """What `daemon status` shows."""

    status: str
    pid: int
    version: str
    protocol: int
    uptime_secs: float
    endpoint: str
    events_endpoint: str
    config_dir: str
    log_file: str
    profiles_count: int
    active_runs: int
    idle_timeout_secs: float
    stay_alive: bool
    secret_store: str
    problems: list[str]


class AliasInfo(msgspec.Struct, frozen=True):
    alias: str
    path: str


class Message(msgspec.Struct, frozen=True):
    """The data of a `success` reply."""

    message: str


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes over the wire; `id` echoes that of the request."""

    type: str
    data: Any = None
    id: str | int | None = None


class Failure(msgspec.Struct, frozen=True):
    """The data of an `error` reply."""

    code: int
    message: str
    hint: str = ""
