"""Every place where an agent's program was looked for, and what came of each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ringlet.domain.agents import Agent, Detection

Place = tuple[str, str]

CURRENT: Final = "current"  # the link to the version in use, beside the versions
NOTHING: Final = "nothing there"
_USED: Final = "used"
_LATER: Final = "not tried: an earlier one counts"


def own_places(folder: Path, agent_ids: Iterable[str]) -> list[str]:
    """The folders of the programs that Ringlet has installed below `folder`."""
    current = (folder / one / CURRENT for one in agent_ids)
    return [str(path / "node_modules" / ".bin") for path in current if path.exists()]


def places(
    agent: Agent, *, search_path: str, override: str | None, found: Detection
) -> Iterator[Place]:
    """Paths in the order of the search, each with a verdict of a few words. Looks at the disk."""
    if override is not None:
        yield override, "chosen by you; " + (_USED if found.installed else found.reason)
        return
    tried = False
    for folder in dict.fromkeys(search_path.split(os.pathsep)):
        path = Path(folder) / agent.binary
        obstacle = _obstacle(path)
        if obstacle:
            yield str(path), obstacle
        elif tried:
            yield str(path), _LATER
        else:
            tried = True
            yield str(path), _USED if found.installed else found.reason


def _obstacle(path: Path) -> str:
    """Why a shell would not start the program at this path, or nothing."""
    if not path.is_absolute():
        return "passed over: relative, so it depends on where you are"
    if not path.exists():
        return "a link that leads nowhere" if path.is_symlink() else NOTHING
    if path.is_dir():
        return "a folder"
    return "" if os.access(path, os.X_OK) else "not executable"
