"""The user's settings, as typed values. Every key has a default, so that no file is needed."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from ringlet.domain.about import about
from ringlet.domain.billing import Billing
from ringlet.domain.preferences import HookPreferences, McpPreferences, Preferences
from ringlet.domain.rights import AgentRights

LONGEST_IDLE: Final = 366 * 24 * 3600.0


def parse_idle_timeout(text: str) -> float:
    """Seconds, 0 for never; raises ValueError that says what is wrong with them."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_IDLE:  # also false for what is no number
        raise ValueError(f"{text!r} is not a number of seconds between 0 and {LONGEST_IDLE:.0f}")
    return seconds


class DefaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `profiles create` takes when an option is not given."""

    provider: Annotated[str | None, about("provider of `profiles create` when none is named")] = (
        None
    )
    bin_dir: Annotated[
        str | None, about("folder for commands of profiles; `~/.local/bin` if not set")
    ] = None


class DaemonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the daemon serves and when it leaves."""

    idle_timeout_secs: Annotated[
        float,
        msgspec.Meta(ge=0, le=LONGEST_IDLE),
        about("exit after so long without clients and runs; 0: never", from_start=True),
    ] = 300.0
    http: Annotated[bool, about("answer by HTTP", from_start=True)] = True
    http_port: Annotated[
        int,
        msgspec.Meta(ge=0, le=65535),
        about("its port; the next free one if it is taken, any free one for 0", from_start=True),
    ] = 8765
    allowed_hosts: Annotated[
        tuple[str, ...], about("names, with port, of a proxy in front of it", from_start=True)
    ] = ()
    max_websockets: Annotated[
        int,
        msgspec.Meta(ge=0),
        about("WebSockets open at once; one more is closed with 1013", from_start=True),
    ] = 128
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        about("what goes into the log", from_start=True),
    ] = "info"


class SecretSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where keys are kept, and how they reach agents."""

    backend: Annotated[
        Literal["auto", "keychain", "file"],
        about("where keys are kept: the keychain, the encrypted file, or whichever works"),
    ] = "auto"
    delivery: Annotated[
        Literal["env", "helper"],
        about("how keys reach agents: by a variable, or by a command where an agent knows that"),
    ] = "env"


class IsolationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of the user's own home an agent gets to see, and what it may ask of the daemon."""

    agent_rights: Annotated[
        AgentRights,
        about(
            "what agents may ask of Ringlet: about their own profile, read everything but secrets, "
            "or all that you may"
        ),
    ] = "self"
    disabled_bridges: Annotated[
        tuple[str, ...], about("tools that shall not see their configuration in your home")
    ] = ()


class WorkspaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What programs may look at to choose a folder."""

    roots: Annotated[
        tuple[str, ...], about("folders that programs may look at over HTTP, to choose one")
    ] = ("~",)


class TelemetrySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is noted of the use of agents, and who gets the figures of the daemon."""

    enabled: Annotated[bool, about("read what agents note down of their usage")] = True
    agent_otel: Annotated[
        bool, about("have agents that can tell what they use while they run, on this machine only")
    ] = True

    otlp_endpoint: Annotated[
        str, about("address of a collector of OpenTelemetry that gets figures", from_start=True)
    ] = ""
    otlp_interval_secs: Annotated[
        float,
        msgspec.Meta(ge=0.1, le=86_400),
        about("how often it gets them", from_start=True),
    ] = 60.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of config.toml. Each key says what it means, for people and for the docs."""

    defaults: DefaultSettings = DefaultSettings()
    daemon: DaemonSettings = DaemonSettings()
    secrets: SecretSettings = SecretSettings()
    isolation: IsolationSettings = IsolationSettings()
    workspace: WorkspaceSettings = WorkspaceSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    billing: Annotated[
        dict[str, Billing],
        about("how a profile is billed: `mode` (api, subscription, free, custom) and `factor`"),
    ] = {}
    hooks: HookPreferences = HookPreferences()
    mcp_servers: McpPreferences = McpPreferences()
    custom: Annotated[
        dict[str, Any], about("whatever scripts of your own ask for, as `prefs.custom`")
    ] = {}

    @property
    def preferences(self) -> Preferences:
        """What scripts see as `prefs`."""
        return Preferences(self.hooks, self.mcp_servers, self.custom)
