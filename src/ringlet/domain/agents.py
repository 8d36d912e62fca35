"""Agents: the programs that profiles run, described by manifests."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from ringlet.domain.providers import Api

HookEvent = Literal["PreToolUse", "PostToolUse", "Notification", "Stop"]
HOOK_EVENTS: Final[tuple[HookEvent, ...]] = get_args(HookEvent)


class Detect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to find an agent. `files` only hint at earlier use; they never mean "installed"."""

    commands: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    timeout_secs: float = 20.0


class ProfileRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a profile of the agent is laid out; `source_home` knows {alias} and {agent-id}.

    `key_files` are files of the home that may hold the key, because the agent takes it no other
    way. `env_files` are JSON files with a map, named here, that the agent adds to its
    environment: what holds the key is taken out of it and put into the real environment.
    `outside_temp` says that a home in a folder for temporary files is open to the commands that
    the agent runs, which it lets write there.
    """

    source_home: str
    script: str
    key_files: tuple[str, ...] = ()
    env_files: dict[str, str] = {}
    strategy: Literal["home-wrapper"] = "home-wrapper"
    required_env: tuple[str, ...] = ()
    optional_env: tuple[str, ...] = ()
    default_provider: str | None = None
    outside_temp: bool = False


class AgentModels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models that the agent itself knows."""

    default: str | None = None
    supported: tuple[str, ...] = ()


class LifecycleHooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Commands of the manifest's author around a profile's life."""

    create: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    pre_run: tuple[str, ...] = ()
    post_run: tuple[str, ...] = ()


class SetupTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An optional task for `ringlet env setup`."""

    command: str
    description: str = ""


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What surrounds the agent: variables always set, and caller's variables let through.

    `set` values know {home} (the profile home). `passthrough` adds names to the general
    allow-list; nothing else of the caller's environment reaches the agent.
    """

    set: dict[str, str] = {}
    passthrough: tuple[str, ...] = ()


class Reporting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the agent can be made to tell what it uses while it runs, by OTLP over HTTP as JSON.

    `format` says whose events they are like; the values in `env` know {endpoint} (what comes before
    /v1/logs), {token}, {profile} and {run}. Without a format it is not asked. `yields_to` are JSON
    files, in the profile's home, in the project or with an absolute path, whose map `env` may say
    that telemetry goes elsewhere; then it is not asked either.
    """

    format: Literal["", "claude"] = ""
    env: dict[str, str] = {}
    yields_to: tuple[str, ...] = ()


class Separation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What keeps the runs of a profile apart where the agent would have them share a server.

    `args` stand before all others, from version `since` of the agent on. `leftovers` are folders
    of the home: links and sockets in them, which would lead to the server of an earlier run, are
    removed before a start.
    """

    args: tuple[str, ...] = ()
    since: str = "0"
    leftovers: tuple[str, ...] = ()


class Install(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the agent comes from: an npm package and a sentence for people.

    `version` is installed where none is asked for: the newest one, if it is not given.
    """

    npm: str | None = None
    version: str | None = None
    hint: str = ""


class PromptMode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments for one unattended prompt: `args` hold {prompt}; used by the demo and by tests."""

    args: tuple[str, ...] = ()


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One agent, as parsed from its manifest.

    `supports_key_helper`: its script makes it ask for its key by a command, if it is given one.
    `apis` is in order of preference; empty means that the manifest does not say. `hook_events`
    are the events of hooks that it fires, `tools` its names for the tools that rules of hooks
    name as Claude Code does. `source` is "built-in" or the path of the manifest.
    """

    id: str
    name: str
    binary: str
    profile: ProfileRules
    version_flag: str = "--version"
    apis: tuple[Api, ...] = ()
    own_login: bool = False
    supports_hooks: bool = False
    supports_mcp: bool = False
    supports_key_helper: bool = False
    hook_events: tuple[HookEvent, ...] = HOOK_EVENTS
    tools: dict[str, str] = {}
    detect: Detect = Detect()
    models: AgentModels = AgentModels()
    hooks: LifecycleHooks = LifecycleHooks()
    setup_tasks: dict[str, SetupTask] = {}
    environment: Environment = Environment()
    separation: Separation = Separation()
    reporting: Reporting = Reporting()
    install: Install = Install()
    prompt: PromptMode = PromptMode()
    source: str = "built-in"


class Detection(msgspec.Struct, frozen=True):
    """What one probe found. `path` is absolute; `reason` says why an agent is not installed.

    `checked` is when its version was asked for last with success, in seconds since 1970. One that
    did not answer now, but did before, is `stale`: `version` is the last known, `reason` says why.
    `search_path` is where its program and what that needs are found.
    """

    agent_id: str
    installed: bool
    path: str | None = None
    version: str | None = None
    reason: str = ""
    checked: float | None = None
    stale: bool = False
    search_path: str = ""
