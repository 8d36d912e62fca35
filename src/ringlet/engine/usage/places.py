"""Where to look for usage, and whose it is.

The home of a profile is its own, so what is in it was used under that profile: no guess. What
is in the user's own home belongs to no profile, unless the user named one for it; the same goes
for other folders in which the user's environment says that agents keep their files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from operator import is_not
from pathlib import Path
from typing import NamedTuple

from ringlet.agents.usage.reading import AgentFolder, Reader
from ringlet.domain.names import is_secret_name
from ringlet.domain.profiles import Profile
from ringlet.domain.providers import OWN_LOGIN
from ringlet.store.ledger.positions import Home


class Place(NamedTuple):
    """A folder of one agent and its reader; `profile` is empty if it is nobody's.

    `folder` is a path below `home`, on which no link is followed. `provider` is that of the
    profile, for its own agent. Unless whoever is `signed_in` there is who was asked, a key was.
    """

    home: Path
    folder: str
    reader: Reader
    profile: str = ""
    provider: str = ""
    signed_in: bool = True

    @property
    def roots(self) -> tuple[str, ...]:
        """Where in there the files are, as paths below the home."""
        return tuple(f"{self.folder}/{name}".rstrip("/") for name in self.reader.inside)


class User(NamedTuple):
    """The user's own home, and the environment in which agents were started there."""

    home: Path
    environ: Mapping[str, str]


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


class Places:
    """Every place to look at: homes of profiles, homes that were imported, the user's own.

    Where nobody changed a profile, theirs are as they were found before.
    """

    def __init__(self, user: User) -> None:
        self._user = user
        self._profiles: list[Profile] = []
        self._theirs: dict[tuple[str, str], Place] = {}

    def find(self, profiles: Iterable[Profile], imported: Iterable[Home]) -> list[Place]:
        """The places, each once: whose comes first has it."""
        present = list(profiles)
        known = {profile.alias: profile for profile in present}
        if len(present) != len(self._profiles) or any(map(is_not, present, self._profiles)):
            self._profiles, self._theirs = present, {}
            _add(self._theirs, _of_profiles(present))
        found = dict(self._theirs)
        _add(found, _of_others(known, imported, self._user))
        return list(found.values())


def places(profiles: Iterable[Profile], imported: Iterable[Home], user: User) -> list[Place]:
    """See `Places`."""
    return Places(user).find(profiles, imported)


def places_in(home: Home) -> Iterator[Place]:
    """Where the home's agent has its files there, if it can be read."""
    reader = readers().get(home.agent)
    if reader is not None:
        for folder in [home.folder] if home.folder else _usual(reader):
            yield Place(Path(home.path), folder, reader, home.profile)


def home_of(folder: Path, agent: str, profile: str = "") -> Home:
    """An agent's own folder, whatever its name, as a home that holds it."""
    usual = folder.name in _usual(readers()[agent])
    return Home(str(folder.parent), agent, profile, "" if usual else folder.name)


def _of_profiles(profiles: Iterable[Profile]) -> Iterator[Place]:
    for profile in profiles:
        for reader in readers().values():  # an agent may start another one in its home
            if profile.metadata.last_used or reader.agent == profile.agent_id:
                home = Home(profile.metadata.home, reader.agent, profile.alias)
                yield from _owned(home, profile)


def _of_others(
    profiles: Mapping[str, Profile], imported: Iterable[Home], user: User
) -> Iterator[Place]:
    for home in imported:
        yield from _owned(home, profiles.get(home.profile))
    for reader in readers().values():
        for folder in reader.folders:
            for path in _named(folder, user) or [user.home / folder.path]:
                yield _own(path, folder, reader, user.home)


def _add(found: dict[tuple[str, str], Place], more: Iterable[Place]) -> None:
    for place in more:
        found.setdefault((f"{place.home}/{place.folder}", place.reader.agent), place)


def _owned(home: Home, owner: Profile | None) -> Iterator[Place]:
    for place in places_in(home):
        if owner is None:
            yield place
        else:
            its = owner.agent_id == place.reader.agent
            provider = owner.provider_id if its else ""
            yield place._replace(provider=provider, signed_in=_signs_in(owner))


def _signs_in(profile: Profile) -> bool:
    """Whether its agents have no key of any provider."""
    return profile.provider_id == OWN_LOGIN and not any(map(is_secret_name, profile.env))


def _own(path: Path, folder: AgentFolder, reader: Reader, home: Path) -> Place:
    """A folder of the user's own, which is below the home unless the environment moved it."""
    if path == home / folder.path:
        return Place(_followed(home), folder.path, reader)
    path = _followed(path)
    return Place(_followed(path.parent), path.name, reader)


def _named(folder: AgentFolder, user: User) -> list[Path]:
    """Where the user's environment says that the folder is; nothing if it does not."""
    for variable in folder.variables:
        name, _, below = variable.partition("/")
        if value := user.environ.get(name, ""):
            parts = [value] if os.path.isdir(value) else value.split(",")
            paths = (_absolute(part.strip(), user.home) for part in parts)
            if found := [path / below for path in paths if path is not None]:
                return found
    return []


def _absolute(text: str, home: Path) -> Path | None:
    """The folder; None if it is meant from wherever an agent is started."""
    full = f"{home}{text[1:]}" if text == "~" or text.startswith("~/") else text
    path = Path(os.path.normpath(full))
    return path if path.is_absolute() and path.name else None


def _followed(path: Path) -> Path:
    """Where the path leads if it is a link: it was the user who named it, and may name links."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path


def _usual(reader: Reader) -> list[str]:
    return [folder.path for folder in reader.folders]
