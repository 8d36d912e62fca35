"""Where to look for usage, and whose it is.

The home of a profile is its own, so what is in it was used under that profile: no guess. What
is in the user's own home belongs to no profile, unless the user named one for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ringlet.agents.usage.reading import Reader
from ringlet.domain.profiles import Profile
from ringlet.store.ledger.positions import Home


class Place(NamedTuple):
    """A home and the reader of one agent's files in it; `profile` is empty if it is nobody's.

    `provider` is that of the profile, for its own agent.
    """

    home: Path
    reader: Reader
    profile: str = ""
    provider: str = ""


@cache
def readers() -> dict[str, Reader]:
    """The readers by agent; each agent's module is loaded with the first of them."""
    from ringlet.agents.usage.claude import ClaudeReader
    from ringlet.agents.usage.codex import CodexReader
    from ringlet.agents.usage.droid import DroidReader
    from ringlet.agents.usage.gemini import GeminiReader
    from ringlet.agents.usage.opencode import OpenCodeReader
    from ringlet.agents.usage.qwen import QwenReader

    every: tuple[Reader, ...] = (
        ClaudeReader(),
        CodexReader(),
        OpenCodeReader(),
        DroidReader(),
        GeminiReader(),
        QwenReader(),
    )
    return {reader.agent: reader for reader in every}


def places(
    profiles: Iterable[Profile], imported: Iterable[Home], user_home: Path
) -> Iterator[Place]:
    """Every place to look at: homes of profiles, homes that were imported, the user's own."""
    taken: set[tuple[Path, str]] = set()
    for place in _all(profiles, imported, user_home):
        if (place.home, place.reader.agent) not in taken:
            taken.add((place.home, place.reader.agent))
            yield place


def _all(profiles: Iterable[Profile], imported: Iterable[Home], user_home: Path) -> Iterator[Place]:
    known = {profile.alias: profile for profile in profiles}
    for profile in known.values():
        home = Path(profile.metadata.home)
        for reader in readers().values():  # an agent may start another one in its home
            if profile.metadata.last_used or reader.agent == profile.agent_id:
                yield Place(home, reader, profile.alias, _provider(profile, reader))
    for other in imported:
        if other.agent in readers():
            reader, owner = readers()[other.agent], known.get(other.profile)
            provider = _provider(owner, reader) if owner else ""
            yield Place(Path(other.path), reader, other.profile, provider)
    for reader in readers().values():
        yield Place(user_home, reader)


def _provider(profile: Profile, reader: Reader) -> str:
    return profile.provider_id if profile.agent_id == reader.agent else ""
