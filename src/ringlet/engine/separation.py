"""Keep the runs of one profile apart where an agent would have them share a server of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ringlet.domain.agents import Agent
from ringlet.store.anchor import Anchor

_NUMBER: Final = re.compile(r"\d+")


def separated(agent: Agent, version: str | None, args: Sequence[str]) -> list[str]:
    """The arguments with those in front that the agent's manifest wants against sharing.

    Agents refuse an argument that they do not know yet, and one that is given twice.
    """
    rules = agent.separation
    if version is None or _numbers(version) < _numbers(rules.since):
        return list(args)
    options = args[: args.index("--")] if "--" in args else args
    return [*(arg for arg in rules.args if arg not in options), *args]


def clear_leftovers(agent: Agent, home: Path) -> None:
    """Remove what would lead a new run to the server of an earlier one. Blocks."""
    if not agent.separation.leftovers or not home.is_dir():
        return
    with Anchor(home) as anchor:
        for folder in agent.separation.leftovers:
            anchor.remove_meeting_points(folder)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(version)[:3]]
