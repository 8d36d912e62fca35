"""What somebody asks for when they create a profile, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ringlet.domain.hooks import HooksConfig
from ringlet.domain.profiles import Profile
from ringlet.domain.rights import AgentRights
from ringlet.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Draft:
    """What the user asked for; None leaves the choice to the manifests.

    `env` are variables beside the key: literal text, references, or secrets still to be stored.
    `hooks_config` are the rules that the profile has from its start.
    """

    agent_id: str
    alias: str
    provider_id: str | None = None
    endpoint_id: str | None = None
    model: str | None = None
    key: Secret | None = None
    args: tuple[str, ...] = ()
    working_dir: str | None = None
    install_alias: bool = True
    force_model: bool = False
    hooks: tuple[str, ...] = ()
    mcp_servers: tuple[str, ...] = ()
    bare: bool = False
    agent_rights: AgentRights | None = None
    env: Mapping[str, str | Secret] = field(default_factory=dict)
    hooks_config: HooksConfig | None = None

    def with_key(self, provider_id: str, key: Secret | None) -> Draft:
        """The same wish, with the provider that was found for it and its key."""
        return replace(self, provider_id=provider_id, key=key)


@dataclass(frozen=True, slots=True)
class Created:
    """A new profile, its shim if one was installed, and what the user should know."""

    profile: Profile
    alias_path: Path | None
    notes: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """What was made and how to use it, in one line."""
        alias = self.profile.alias
        direct = f"{alias} (a shim at {self.alias_path}), or: " if self.alias_path else ""
        return f"Profile {alias} created. Run it with: {direct}ringlet profiles run {alias}"
