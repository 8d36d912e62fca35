"""The user's settings, as typed values. Every key has a default, so that no file is needed."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from ringlet.domain.billing import Billing
from ringlet.domain.preferences import HookPreferences, McpPreferences, Preferences

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


class DaemonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`idle_timeout_secs` 0 means: never exit by yourself; `http_port` 0: any free port.

    `allowed_hosts` are names, with port, that HTTP answers to beside its own: those of a proxy.
    """

    idle_timeout_secs: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_IDLE)] = 300.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    http: bool = True
    http_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8765
    allowed_hosts: tuple[str, ...] = ()
    max_websockets: Annotated[int, msgspec.Meta(ge=0)] = 128


class SecretSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where keys are kept; "auto" takes the OS keychain if it works, else an encrypted file."""

    backend: Literal["auto", "keychain", "file"] = "auto"


class IsolationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`disabled_bridges` names tools that must not see their configuration in the real home."""

    disabled_bridges: tuple[str, ...] = ()


class DefaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `profiles create` takes when an option is not given."""

    provider: str | None = None
    bin_dir: str | None = None


class WorkspaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`roots` are the folders that may be looked at over HTTP, with all that is in them."""

    roots: tuple[str, ...] = ("~",)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of config.toml."""

    defaults: DefaultSettings = DefaultSettings()
    daemon: DaemonSettings = DaemonSettings()
    secrets: SecretSettings = SecretSettings()
    isolation: IsolationSettings = IsolationSettings()
    workspace: WorkspaceSettings = WorkspaceSettings()
    billing: dict[str, Billing] = {}
    hooks: HookPreferences = HookPreferences()
    mcp_servers: McpPreferences = McpPreferences()
    custom: dict[str, Any] = {}

    @property
    def preferences(self) -> Preferences:
        """What scripts see as `prefs`."""
        return Preferences(self.hooks, self.mcp_servers, self.custom)
