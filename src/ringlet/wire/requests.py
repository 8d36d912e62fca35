"""Requests of the public protocol: JSON objects whose `type` names the request.

Beside its own fields every request may carry those of `Envelope`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

PROTOCOL_VERSION: Final = 1
DEFAULT_DEADLINE: Final = 60.0


class Envelope(msgspec.Struct, frozen=True):
    """What any request may carry: `id` is echoed, `protocol` checked, `token` needed over TCP."""

    type: str
    id: str | int | None = None
    protocol: int | None = None
    deadline_secs: float = DEFAULT_DEADLINE
    token: str = ""


class Request(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all requests; the tag of each is the wire name of the original protocol."""


class Hello(Request, frozen=True, tag="hello"):
    """Handshake: the client's protocol version and name."""

    client_version: str = ""


class Ping(Request, frozen=True, tag="ping"):
    """Is anybody there?"""


class Shutdown(Request, frozen=True, tag="shutdown"):
    """End the daemon; runs go on and are found again by the next one."""


class DaemonStatus(Request, frozen=True, tag="daemon_status"):
    """Version, process, counts and where things are."""


class AgentsList(Request, frozen=True, tag="agents_list"):
    """All known agents; `refresh` probes again instead of trusting the cache."""

    refresh: bool = False


class AgentsInspect(Request, frozen=True, tag="agents_inspect"):
    id: str


class ProvidersList(Request, frozen=True, tag="providers_list"):
    """All known providers."""


class ProvidersInspect(Request, frozen=True, tag="providers_inspect"):
    id: str


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
    exit_code: int = 0
    signal: int | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None


class RunSecrets(Request, frozen=True, tag="run_secrets"):
    """Redeem the one-time ticket of a plan, on the connection that the plan came over."""

    ticket: str


class RunStarted(Request, frozen=True, tag="run_started"):
    """The client started the planned program as `pid`."""

    run_id: str
    pid: int


class RunsList(Request, frozen=True, tag="runs_list"):
    """Runs that have not ended, and the last ended ones."""

    limit: int = 20


class RunsStop(Request, frozen=True, tag="runs_stop"):
    """End a run and everything that it started."""

    run_id: str


class AliasesInstall(Request, frozen=True, tag="aliases_install"):
    alias: str
    bin_dir: str | None = None


class AliasesUninstall(Request, frozen=True, tag="aliases_uninstall"):
    alias: str
    bin_dir: str | None = None


class AliasesList(Request, frozen=True, tag="aliases_list"):
    """Shims that Ringlet installed."""


class RelayResume(Request, frozen=True, tag="relay_resume"):
    """Go on with a command that asked its client to do something."""

    conversation: str
    result: dict[str, Any] = {}


AnyRequest = (
    Hello
    | Ping
    | Shutdown
    | DaemonStatus
    | AgentsList
    | AgentsInspect
    | ProvidersList
    | ProvidersInspect
    | ProfilesCreate
    | ProfilesList
    | ProfilesInspect
    | ProfilesDelete
    | ProfilesEnv
    | ProfilesPrepare
    | ProfilesRun
    | ProfilesComplete
    | RunSecrets
    | RunStarted
    | RunsList
    | RunsStop
    | AliasesInstall
    | AliasesUninstall
    | AliasesList
    | RelayResume
)

# Requests of the public protocol that this version knows by name but does not serve.
PLANNED: Final = frozenset(
    "registry_sync registry_pin registry_inspect stats usage usage_import_claude env_setup "
    "hooks_add hooks_list hooks_export hooks_remove hooks_import "
    "proxy_enable proxy_disable proxy_start proxy_stop proxy_restart proxy_stop_all proxy_status "
    "proxy_route_add proxy_route_remove proxy_route_list proxy_alias_set proxy_alias_remove "
    "proxy_alias_list proxy_config proxy_logs".split()
)
