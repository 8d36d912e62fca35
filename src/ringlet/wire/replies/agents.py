"""What is said of agents."""

from __future__ import annotations

from datetime import datetime

import msgspec


class AgentInfo(msgspec.Struct, frozen=True):
    """An agent and what is known of its installation.

    `version_checked` is when it last said its version; it is `stale` if it did not answer since,
    for which `reason` tells why.
    """

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
    stale: bool
    version_checked: datetime | None


class AgentPlace(msgspec.Struct, frozen=True):
    """A place that was looked at for an agent's program, and what came of it."""

    path: str
    verdict: str


class AgentInstalled(msgspec.Struct, frozen=True):
    """What an installation came to; `fresh` is false if that version was there before."""

    id: str
    version: str
    path: str
    fresh: bool


class AgentDetail(AgentInfo, frozen=True):
    """One agent in full; `script_source` is the path of the script that counts, or "built-in".

    `places` are in the order in which they were looked at.
    """

    places: tuple[AgentPlace, ...]

    supports_mcp: bool
    script: str
    script_source: str
