"""What is said of profiles."""

from __future__ import annotations

from datetime import datetime

import msgspec


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

    `home_was_there` means that the home is older than the profile.
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
    home_was_there: bool
