"""The hooks of a profile, gathered and ready for its agent's script to put into its terms."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ringlet.domain import shell_words
from ringlet.domain.agents import HOOK_EVENTS, Agent, HookEvent
from ringlet.domain.hooks import HookAction, HookRule, HooksConfig
from ringlet.domain.preferences import HookPreferences

_RUNNER: Final = Path(__file__).parents[1] / "runtime" / "hook_runner.py"
_CHANGES: Final = "Edit|Write|MultiEdit"
_FORMAT: Final = 'prettier --write --ignore-unknown "$CLAUDE_FILE_PATHS" >/dev/null 2>&1 || true'
_LINT: Final = 'eslint --fix "$CLAUDE_FILE_PATHS" >/dev/null 2>&1 || true'


def gather(
    agent: Agent, alias: str, preferences: HookPreferences, own: HooksConfig | None
) -> list[dict[str, object]]:
    """One entry for each action: `event`, `matcher`, `command`, `url`, `seconds`.

    `matcher` names tools as the agent does and is "" for all. `command` is what a shell has to
    run for the action, also for a URL; `url` is "" for commands; `seconds` is () without limit.
    Events that the agent does not fire are left out.
    """
    if not agent.supports_hooks:
        return []
    return [
        {
            "event": event,
            "matcher": _translate(rule.matcher, agent),
            "command": _command(alias, event, action),
            "url": action.url,
            "seconds": None if action.timeout is None else -(-action.timeout // 1000),
        }
        for event in HOOK_EVENTS
        if event in agent.hook_events
        for rule in _rules(event, preferences, own)
        for action in rule.hooks
    ]


def _rules(
    event: HookEvent, preferences: HookPreferences, own: HooksConfig | None
) -> Iterator[HookRule]:
    if event == "PostToolUse":
        for wanted, command in (
            (preferences.auto_format, _FORMAT),
            (preferences.auto_lint, _LINT),
        ):
            if wanted:
                yield HookRule(_CHANGES, (HookAction("command", command),))
    yield from (custom.rule() for custom in preferences.custom.get(event, ()))
    yield from own.rules(event) if own else ()


def _translate(matcher: str, agent: Agent) -> str:
    """The matcher in the agent's own names for tools; the same name is not said twice."""
    if matcher in ("", "*"):
        return ""
    names = (agent.tools.get(name, name) for name in matcher.split("|"))
    return "|".join(dict.fromkeys(names))


def _command(alias: str, event: HookEvent, action: HookAction) -> str:
    words: Sequence[str] = (sys.executable, "-I", "-S", str(_RUNNER), alias, event, action.type)
    return shell_words.join([*words, action.url or action.command])
