"""The folders that profiles live in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.store.paths import Paths


def usual_home(agent: Agent, alias: str, paths: Paths) -> Path:
    """Where the manifest of an agent wants the home of a profile."""
    return paths.expand(agent.profile.source_home, alias=alias, agent_id=agent.id)


def check_purge(profile: Profile, paths: Paths) -> None:
    """Raise FORBIDDEN if removing the profile's home would take more with it than the profile."""
    home = os.path.realpath(profile.metadata.home)
    own = os.path.realpath(paths.user_home)
    for what, folder in (
        ("your own home", own),
        ("Ringlet's configuration", os.path.realpath(paths.config)),
        ("Ringlet's state", os.path.realpath(paths.state)),
        ("Ringlet's sockets", os.path.realpath(paths.runtime)),
    ):
        if Path(folder).is_relative_to(home):
            raise _refused(profile, f"is or holds {what}")
    if os.path.dirname(home) == own and profile.metadata.home_was_there:
        raise _refused(profile, "lies in your own home and was there before the profile")


def remove_home(home: Path) -> str:
    """Remove a home and all that is in it; says what became of it. A link is not followed."""
    try:
        if home.is_symlink():
            return f"Its home {home} is a link, which is left with what it leads to"
        if not home.is_dir():
            return f"Its home {home} was gone already"
        shutil.rmtree(home)
    except OSError as error:
        where = error.filename or home
        return f"Its home {home} could not be removed wholly: {where}: {error.strerror}"
    return f"Removed its home {home}"


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of homes if this was the last one."""
    try:
        folder.rmdir()
    except OSError:
        pass  # other profiles live there


def _refused(profile: Profile, why: str) -> RingletError:
    return RingletError(
        ErrorCode.FORBIDDEN,
        f"The home of {profile.alias} is not removed: {profile.metadata.home} {why}",
        hint="Delete the profile without --purge, and remove by hand what you do not need.",
    )
