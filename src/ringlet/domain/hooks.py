"""Hooks: what an agent runs around its tools, in Ringlet's own terms.

They are the user's, for all profiles or for one; each agent's script puts them into the terms of
the agent. Times are in milliseconds here, as they are in files that people share.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ringlet.domain.agents import HOOK_EVENTS, Agent, HookEvent
from ringlet.domain.errors import ErrorCode, RingletError


class HookAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A shell command, or a URL that the event is posted to; `timeout` in milliseconds."""

    type: Literal["command", "url"]
    command: str = ""
    url: str = ""
    timeout: int | None = None

    def __post_init__(self) -> None:
        wanted, other = (self.command, self.url)[:: 1 if self.type == "command" else -1]
        if not wanted.strip() or other:
            raise ValueError(f"a hook of type {self.type} has a {self.type} and nothing else")
        if "\0" in wanted:
            raise ValueError("a hook holds a NUL character")
        if self.type == "url" and not self.url.startswith(("http://", "https://")):
            raise ValueError("the url of a hook begins with http:// or https://")
        if self.timeout is not None and self.timeout <= 0:
            raise ValueError("the timeout of a hook is more than 0 milliseconds")


class HookRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Actions for the tools that `matcher` fits: names joined by `|`; "" and "*" fit all."""

    matcher: str = ""
    hooks: tuple[HookAction, ...] = ()


class HooksConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rules of each event, named as Claude Code names them."""

    PreToolUse: tuple[HookRule, ...] = ()
    PostToolUse: tuple[HookRule, ...] = ()
    Notification: tuple[HookRule, ...] = ()
    Stop: tuple[HookRule, ...] = ()

    def rules(self, event: HookEvent) -> tuple[HookRule, ...]:
        """The rules of one event."""
        found: tuple[HookRule, ...] = getattr(self, event)
        return found


def check_hooks(agent: Agent, config: HooksConfig) -> None:
    """Refuse hooks that the agent would never run; HOOKS_NOT_SUPPORTED or INVALID_HOOK_EVENT."""
    wanted = [event for event in HOOK_EVENTS if config.rules(event)]
    if wanted:
        require_hooks(agent)
    for event in wanted:
        if event not in agent.hook_events:
            raise RingletError(
                ErrorCode.INVALID_HOOK_EVENT,
                f"{agent.name} has no event {event}",
                hint=f"Its events: {', '.join(agent.hook_events)}",
            )


def require_hooks(agent: Agent) -> None:
    """HOOKS_NOT_SUPPORTED for an agent that cannot run any."""
    if not agent.supports_hooks:
        raise RingletError(
            ErrorCode.HOOKS_NOT_SUPPORTED,
            f"{agent.name} cannot run hooks",
            hint="Agents that can are shown by: ringlet agents inspect ID",
        )
