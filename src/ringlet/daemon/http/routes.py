"""Which request answers which method and path: the one table that HTTP is derived from.

A path parameter has the name of the field it fills. What a route does not list cannot be set over
HTTP: no environment, no folders for commands, no keys in answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ringlet.wire.protocol import DEFAULT_DEADLINE
from ringlet.wire.requests import (
    access,
    agents,
    aliases,
    budgets,
    config,
    daemon,
    doctor,
    env,
    profiles,
    providers,
    runs,
    scripts,
    secrets,
    usage,
    workspace,
)
from ringlet.wire.requests.base import Request


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is below /api. `query` and `body` list fields of the request.

    `renamed` maps names in the query to those of fields; `fixed` fields have one value here. With
    `public` no token is needed. `deadline` is how long it may take, in seconds.
    """

    method: str
    path: str
    request: type[Request]
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    public: bool = False
    deadline: float = DEFAULT_DEADLINE

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in braces in the path."""
        parts = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))


_NEW_PROFILE: Final = (
    "agent_id", "alias", "provider_id", "endpoint_id", "model", "api_key", "hooks", "mcp_servers",
    "args", "working_dir", "bare", "agent_rights", "no_alias", "force_model", "reuse_key_of",
)  # fmt: skip

_CHANGE: Final = (
    "provider_id", "endpoint_id", "model", "args", "working_dir", "hooks", "mcp_servers", "bare",
    "agent_rights", "api_key", "force_model",
)  # fmt: skip

_CLONE: Final = ("new_alias", "api_key", "reuse_key", "no_alias")

_SCRIPT_TRIAL: Final = (
    "text", "agent_id", "provider_id", "endpoint_id", "model", "alias", "hooks", "mcp_servers",
    "bare", "proxy_url",
)  # fmt: skip

_USAGE: Final = ("period", "profile", "model", "agent", "provider", "account", "tz")
_USAGE_REPORT: Final = (
    *_USAGE, "by", "since", "until", "project", "branch", "session",
)  # fmt: skip
_IMPORT: Final = ("home", "agent_id", "profile")
_EXPORT: Final = ("period", "since", "until", "tz", "after", "limit")
_BUDGET: Final = ("usd", "tokens", "warn", "action", "tz")
_LONG_SECONDS: Final = 1000.0  # npm itself is given 900, and whole homes take a while to read
_STATS: Final = {"agent": "agent_id", "provider": "provider_id"}

ROUTES: Final = (
    Route("GET", "/ping", daemon.Ping),
    Route("GET", "/daemon/status", daemon.DaemonStatus),
    Route("GET", "/doctor", doctor.DoctorExamine),
    Route("POST", "/doctor/fix", doctor.DoctorExamine, fixed={"fix": True}),
    Route("POST", "/shutdown", daemon.Shutdown),
    Route("POST", "/session", access.AccessRedeem, body=("code",), public=True),
    Route("GET", "/agents", agents.AgentsList),
    Route("POST", "/agents/refresh", agents.AgentsList, fixed={"refresh": True}),
    Route("GET", "/agents/{id}", agents.AgentsInspect),
    Route(
        "POST",
        "/agents/{id}/install",
        agents.AgentsInstall,
        body=("version",),
        status=201,
        deadline=_LONG_SECONDS,
    ),
    Route("DELETE", "/agents/{id}/install", agents.AgentsUninstall, deadline=_LONG_SECONDS),
    Route("GET", "/providers", providers.ProvidersList),
    Route("GET", "/providers/{id}", providers.ProvidersInspect),
    Route("GET", "/profiles", profiles.ProfilesList, ("agent",), renamed={"agent": "agent_id"}),
    Route("POST", "/profiles", profiles.ProfilesCreate, body=_NEW_PROFILE, status=201),
    Route("POST", "/profiles/preview", profiles.ProfilesPreview, body=_NEW_PROFILE),
    Route("GET", "/profiles/{alias}", profiles.ProfilesInspect),
    Route("PATCH", "/profiles/{alias}", profiles.ProfilesUpdate, body=_CHANGE),
    Route("PUT", "/profiles/{alias}/key", profiles.ProfilesSetKey, body=("api_key",)),
    Route("POST", "/profiles/{alias}/rename", profiles.ProfilesRename, body=("new_alias",)),
    Route("POST", "/profiles/{alias}/clone", profiles.ProfilesClone, body=_CLONE, status=201),
    Route("GET", "/profiles/{alias}/plan", profiles.ProfilesPlan),
    Route("GET", "/profiles/{alias}/tasks", env.EnvTasks),
    Route("DELETE", "/profiles/{alias}", profiles.ProfilesDelete, ("purge", "confirm_home")),
    Route("GET", "/profiles/{alias}/env", profiles.ProfilesEnv),
    Route("POST", "/profiles/{alias}/run", runs.ProfilesRun, body=("args", "cwd"), status=201),
    Route("GET", "/runs", runs.RunsList, ("limit",)),
    Route("POST", "/runs/{run_id}/pause", runs.RunsPause),
    Route("POST", "/runs/{run_id}/resume", runs.RunsResume),
    Route("DELETE", "/runs/{run_id}", runs.RunsStop),
    Route("GET", "/aliases", aliases.AliasesList),
    Route("PUT", "/aliases/{alias}", aliases.AliasesInstall),
    Route("DELETE", "/aliases/{alias}", aliases.AliasesUninstall),
    Route("GET", "/secrets", secrets.SecretsList),
    Route("GET", "/secrets/status", secrets.SecretsStatus),
    Route("GET", "/settings", config.ConfigList),
    Route("GET", "/scripts", scripts.ScriptsList),
    Route("GET", "/scripts/{name}", scripts.ScriptsShow),
    Route("POST", "/scripts/{name}/test", scripts.ScriptsTest, body=_SCRIPT_TRIAL),
    Route("POST", "/scripts/{name}/copy", scripts.ScriptsCopy, status=201),
    Route("GET", "/usage", usage.Usage, _USAGE),
    Route("GET", "/usage/report", usage.UsageReport, _USAGE_REPORT),
    Route("GET", "/usage/prices", usage.UsagePrices, ("models", "day")),
    Route(
        "POST",
        "/usage/import-claude",
        usage.UsageImportClaude,
        body=("claude_dir",),
        deadline=_LONG_SECONDS,
    ),
    Route("POST", "/usage/import", usage.UsageImport, body=_IMPORT, deadline=_LONG_SECONDS),
    Route("GET", "/usage/export", usage.UsageExport, _EXPORT),
    Route("POST", "/usage/merge", usage.UsageMerge, body=("records",)),
    Route("POST", "/usage/verify", usage.UsageVerify, deadline=_LONG_SECONDS),
    Route("GET", "/stats", usage.Stats, ("agent", "provider"), renamed=_STATS),
    Route("GET", "/budgets", budgets.BudgetsList),
    Route("PUT", "/budgets/{scope}/{period}", budgets.BudgetsSet, body=_BUDGET),
    Route("DELETE", "/budgets/{scope}", budgets.BudgetsRemove),
    Route("DELETE", "/budgets/{scope}/{period}", budgets.BudgetsRemove),
    Route("GET", "/fs/list", workspace.FsList, ("path",)),
    Route("GET", "/fs/complete", workspace.FsComplete, ("prefix",)),
    Route("GET", "/git/info", workspace.GitInfo, ("path",)),
)

_LEASE: Final = "part of a run that the client's own process carries out"
_ACCESS: Final = "gives access to HTTP, so it is asked for where the system tells who asks"
_SECRETS: Final = "changes what keys are, so it is asked for where the system tells who asks"
_SETTINGS: Final = "decides who is let in by HTTP and which commands agents run"

SOCKET_ONLY: Final[Mapping[type[Request], str]] = {
    daemon.Hello: "agrees on the version of the socket's protocol",
    daemon.DaemonAdjust: "is how the daemon was started, which is up to whoever may start it",
    runs.ProfilesPrepare: _LEASE,
    runs.ProfilesComplete: _LEASE,
    runs.RunStarted: _LEASE,
    env.EnvSetup: "runs a program with the keys of a profile, and says what it printed",
    runs.RunKey: "hands out a key to the processes of a run",
    runs.RunSecrets: "hands out keys, which never go over TCP",
    agents.AgentsSetPath: "names a program to run, so it is asked for where the system tells who",
    access.AccessCode: _ACCESS,
    access.TokenRotate: _ACCESS,
    secrets.SecretsSet: _SECRETS,
    secrets.SecretsDelete: _SECRETS,
    secrets.SecretsLock: _SECRETS,
    secrets.SecretsUnlock: _SECRETS,
    secrets.SecretsMove: _SECRETS,
    secrets.SecretsPassphrase: _SECRETS,
    config.ConfigAdopt: _SETTINGS,
    config.ConfigSet: _SETTINGS,
    config.ConfigUnset: _SETTINGS,
}
