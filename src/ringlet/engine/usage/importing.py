"""Which homes an import is about, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.usage.places import Place, home_of, places_in, readers
from ringlet.store.ledger.positions import Home


def homes_in(home: Path, agent: str | None, profile: str = "") -> list[Home]:
    """A home for each agent that wrote something there, or for the one that is named.

    Raises AGENT_NOT_FOUND, and INVALID_REQUEST if there is nothing.
    """
    known = readers()
    if agent is not None and agent not in known:
        raise RingletError(
            ErrorCode.AGENT_NOT_FOUND,
            f"Usage of {agent!r} cannot be read",
            hint=f"Agents whose usage can be read: {', '.join(known)}.",
        )
    homes = [Home(str(home), name, profile) for name in known if agent in (None, name)]
    found = [each for each in homes if _is_there(each)]
    if not found:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"There is nothing in {home} that {agent or 'an agent'} wrote",
            hint="Give the home, the folder that .claude, .codex and the like are in.",
        )
    return found


def claude_home(folder: Path) -> Home:
    """The home that a folder of Claude Code is; raises INVALID_REQUEST if it is none."""
    home = home_of(folder, "claude")
    if not _is_there(home):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{folder} holds no folder named projects",
            hint="Give the folder that holds `projects`, such as ~/.claude.",
        )
    return home


def refuse_links(places: Iterable[Place]) -> None:
    """Say it where nothing would be found because a home, or a folder in it, is a link."""
    for home, root in [(place.home, root) for place in places for root in place.roots]:
        for path in accumulate(root.split("/"), Path.joinpath, initial=home):
            if os.path.islink(path):
                raise RingletError(
                    ErrorCode.INVALID_REQUEST,
                    f"{path} is a link, and links in homes are not followed",
                    hint=f"Give the folder that it leads to: {os.path.realpath(path)}",
                )


def _is_there(home: Home) -> bool:
    return any(
        os.path.isdir(place.home / root) for place in places_in(home) for root in place.roots
    )
