"""Requests about profiles."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ringlet.domain.rights import AgentRights
from ringlet.wire.requests.base import Request


class ProfilesCreate(Request, frozen=True, tag="profiles_create"):
    """Create a profile; `api_key` may be empty where the provider needs none."""

    agent_id: str
    alias: str
    provider_id: str
    endpoint_id: str | None = None
    model: str | None = None
    api_key: str = ""
    hooks: list[str] = []
    mcp_servers: list[str] = []
    args: list[str] = []
    working_dir: str | None = None
    bare: bool = False
    agent_rights: AgentRights | None = None
    no_alias: bool = False
    force_model: bool = False
    env: dict[str, str] = {}
    reuse_key_of: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(alias={self.alias!r}, agent_id={self.agent_id!r})"


class ProfilesPreview(ProfilesCreate, frozen=True, tag="profiles_preview"):
    """What `profiles_create` would make; nothing is written, and no key is needed."""


class ProfilesPlan(Request, frozen=True, tag="profiles_plan"):
    """What a run of a profile would come to; nothing is written."""

    alias: str
    args: list[str] = []
    cwd: str | None = None


class ProfilesUpdate(Request, frozen=True, tag="profiles_update"):
    """Change what was chosen of a profile; fields that are left out stay as they are.

    `env` names variables with their new values, null takes one out. Another provider needs a key,
    unless `env` refers to one.
    """

    alias: str
    provider_id: str | UnsetType = UNSET
    endpoint_id: str | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    args: list[str] | UnsetType = UNSET
    working_dir: str | UnsetType | None = UNSET
    hooks: list[str] | UnsetType = UNSET
    mcp_servers: list[str] | UnsetType = UNSET
    bare: bool | UnsetType = UNSET
    agent_rights: AgentRights | UnsetType | None = UNSET
    env: dict[str, str | None] = {}
    api_key: str = ""
    force_model: bool = False

    def __repr__(self) -> str:
        return f"ProfilesUpdate(alias={self.alias!r})"


class ProfilesSetKey(Request, frozen=True, tag="profiles_set_key"):
    """Replace the key of a profile."""

    alias: str
    api_key: str

    def __repr__(self) -> str:
        return f"ProfilesSetKey(alias={self.alias!r})"


class ProfilesRename(Request, frozen=True, tag="profiles_rename"):
    """Give a profile that does not run another alias."""

    alias: str
    new_alias: str


class ProfilesClone(Request, frozen=True, tag="profiles_clone"):
    """Make a profile with the settings of another one, and with its secrets only if asked to."""

    alias: str
    new_alias: str
    api_key: str = ""
    reuse_key: bool = False
    no_alias: bool = False

    def __repr__(self) -> str:
        return f"ProfilesClone(alias={self.alias!r}, new_alias={self.new_alias!r})"


class ProfilesList(Request, frozen=True, tag="profiles_list"):
    agent_id: str | None = None


class ProfilesInspect(Request, frozen=True, tag="profiles_inspect"):
    alias: str


class ProfilesDelete(Request, frozen=True, tag="profiles_delete"):
    """Delete a profile and its key; its home only with `purge`.

    A home that Ringlet did not make goes only if `confirm_home` is its path.
    """

    alias: str
    purge: bool = False
    confirm_home: str = ""


class ProfilesEnv(Request, frozen=True, tag="profiles_env"):
    """The environment of a profile; keys only when asked for by `include_secrets`."""

    alias: str
    include_secrets: bool = False
    environ: dict[str, str] = {}
