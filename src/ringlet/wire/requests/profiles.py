"""Requests about profiles."""

from __future__ import annotations

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
    proxy: bool = False
    no_alias: bool = False
    force_model: bool = False

    def __repr__(self) -> str:
        return f"ProfilesCreate(alias={self.alias!r}, agent_id={self.agent_id!r})"


class ProfilesList(Request, frozen=True, tag="profiles_list"):
    agent_id: str | None = None


class ProfilesInspect(Request, frozen=True, tag="profiles_inspect"):
    alias: str


class ProfilesDelete(Request, frozen=True, tag="profiles_delete"):
    """Delete a profile and its key; its home only with `purge`."""

    alias: str
    purge: bool = False


class ProfilesEnv(Request, frozen=True, tag="profiles_env"):
    """The environment of a profile; keys only when asked for by `include_secrets`."""

    alias: str
    include_secrets: bool = False
    environ: dict[str, str] = {}
