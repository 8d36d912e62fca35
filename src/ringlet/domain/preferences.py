"""What the user wants of every agent: hooks, MCP servers, and whatever their scripts ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from ringlet.domain.about import about
from ringlet.domain.agents import Agent, HookEvent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.hooks import HookAction, HookRule
from ringlet.domain.names import is_env_name
from ringlet.domain.references import is_reference

_HOOKS: Final = ("auto_format", "auto_lint")
_SERVERS: Final = ("filesystem", "github")
_SERVER_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The documented name, and the one that the server of GitHub's own asks for.
GITHUB_VARIABLES: Final = ("GITHUB_TOKEN", "GITHUB_PERSONAL_ACCESS_TOKEN")


class CustomHook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One action with its matcher, as it stands in config.toml."""

    matcher: str = ""
    type: Literal["command", "url"] = "command"
    command: str = ""
    url: str = ""
    timeout: int | None = None

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> HookRule:
        """The same as a rule of one action; ValueError if it makes no sense."""
        action = HookAction(self.type, self.command, self.url, self.timeout)
        return HookRule(self.matcher, (action,))


class HookPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hooks that every profile gets, unless it is bare."""

    auto_format: Annotated[bool, about("`prettier` treats the files that an agent has changed")] = (
        False
    )
    auto_lint: Annotated[bool, about("`eslint --fix` does")] = False
    custom: Annotated[
        dict[HookEvent, tuple[CustomHook, ...]], about("your own hooks by event")
    ] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What `--hooks` may name."""
        return (*_HOOKS, *self.custom)


class McpServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program that speaks MCP on its standard streams.

    One that is not `enabled` is only for profiles that name it. Values of `env` may be
    references such as `$KEYCHAIN:<name>`.
    """

    command: str
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    enabled: bool = True

    def __post_init__(self) -> None:
        if not self.command.strip():
            raise ValueError("the command of an MCP server is empty")
        if any("\0" in text for text in (self.command, *self.args, *self.env.values())):
            raise ValueError("an MCP server holds a NUL character")
        for name in self.env:
            if not is_env_name(name):
                raise ValueError(f"{name!r} is not the name of an environment variable")

    @property
    def secrets(self) -> dict[str, str]:
        """The variables that are references; they never go into a file."""
        return {n: value for n, value in self.env.items() if is_reference(value)}


class McpPreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """MCP servers that every profile gets, unless it is bare."""

    filesystem: Annotated[bool, about("an MCP server that shows the project's folder")] = False
    github: Annotated[bool, about("GitHub's MCP server")] = False
    github_token: Annotated[
        str | None, about('its token, best as a reference: `"$KEYCHAIN:github"`')
    ] = None
    custom: Annotated[dict[str, McpServer], about("your own MCP servers by name")] = {}

    def __post_init__(self) -> None:
        for name in self.custom:
            if not _SERVER_NAME.fullmatch(name) or name in _SERVERS:
                raise ValueError(
                    f"{name!r} is no name for an MCP server of your own: it takes letters, digits,"
                    f" '-' and '_', and is none of {', '.join(_SERVERS)}"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """What `--mcp` may name."""
        return (*_SERVERS, *self.custom)

    @property
    def secrets(self) -> dict[str, str]:
        """Variables that servers need and that reach them by the agent's environment only.

        Values are references or, for the token of GitHub, perhaps the token itself.
        """
        found = {n: v for server in self.custom.values() for n, v in server.secrets.items()}
        if self.github and self.github_token:
            found.update(dict.fromkeys(GITHUB_VARIABLES, self.github_token))
        return found

    def __repr__(self) -> str:
        return f"McpPreferences({', '.join(self.names)})"


class Preferences(msgspec.Struct, frozen=True):
    """All of them. Every key always exists, so that a script may test it."""

    hooks: HookPreferences = HookPreferences()
    mcp_servers: McpPreferences = McpPreferences()
    custom: dict[str, Any] = {}

    def of_profile(
        self, *, hooks: tuple[str, ...], servers: tuple[str, ...], bare: bool
    ) -> Preferences:
        """What holds for one profile: what it names, and the rest unless it is bare."""
        return Preferences(
            hooks=_hooks_of(self.hooks, hooks, bare=bare),
            mcp_servers=_servers_of(self.mcp_servers, servers, bare=bare),
            custom=self.custom,
        )


def require_mcp(agent: Agent) -> None:
    """UNSUPPORTED for an agent that takes no MCP servers from its home."""
    if not agent.supports_mcp:
        raise RingletError(
            ErrorCode.UNSUPPORTED,
            f"{agent.name} takes no MCP servers from the home of a profile",
            hint="Some agents look for them in the project's folder only.",
        )


def check_names(kind: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    """INVALID_REQUEST for the first name that is not known."""
    known = tuple(known)
    for name in wanted:
        if name not in known:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"There is no {kind} {name!r}",
                hint=f"Known are: {', '.join(known)}. Add your own to config.toml.",
            )


def _hooks_of(
    preferences: HookPreferences, wanted: tuple[str, ...], *, bare: bool
) -> HookPreferences:
    check_names("hook", wanted, preferences.names)
    return HookPreferences(
        auto_format="auto_format" in wanted or (preferences.auto_format and not bare),
        auto_lint="auto_lint" in wanted or (preferences.auto_lint and not bare),
        custom=_chosen(preferences.custom, wanted, bare=bare),
    )


def _servers_of(
    preferences: McpPreferences, wanted: tuple[str, ...], *, bare: bool
) -> McpPreferences:
    check_names("MCP server", wanted, preferences.names)
    usual = {name: server for name, server in preferences.custom.items() if server.enabled}
    named = {name: preferences.custom[name] for name in wanted if name in preferences.custom}
    return McpPreferences(
        filesystem="filesystem" in wanted or (preferences.filesystem and not bare),
        github="github" in wanted or (preferences.github and not bare),
        github_token=preferences.github_token,
        custom={**({} if bare else usual), **named},
    )


def _chosen(
    custom: Mapping[HookEvent, tuple[CustomHook, ...]], wanted: tuple[str, ...], *, bare: bool
) -> dict[HookEvent, tuple[CustomHook, ...]]:
    return {event: rules for event, rules in custom.items() if event in wanted or not bare}
