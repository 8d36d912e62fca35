"""The folders that profiles live in: which of them are ours to remove."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import msgspec

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.domain.shell_words import quote
from ringlet.runtime import mounts
from ringlet.store import locations
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.paths import Paths
from ringlet.store.removal import remove_folder

MARK: Final = ".ringlet-home"
_LARGEST_MARK: Final = 4096


class _Mark(msgspec.Struct, frozen=True):
    """Who a home was made for; a profile keeps its time of creation whatever it is called."""

    created_at: str
    alias: str


def usual_home(agent: Agent, alias: str, paths: Paths) -> Path:
    """Where the manifest of an agent wants the home of a profile."""
    return paths.expand(agent.profile.source_home, alias=alias, agent_id=agent.id)


def misplaced(agent: Agent, home: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with where a profile's home lies, and what to do about it. Blocks."""
    if not agent.profile.outside_temp:
        return None
    real = Path(os.path.realpath(home))
    for folder in ("/tmp", locations.temp_dir(environ)):  # noqa: S108 - nothing is made there
        if real.is_relative_to(os.path.realpath(folder)):
            return (
                f"its home {home} lies in the folder for temporary files {folder}: commands that "
                f"{agent.name} runs in its sandbox may write there, also to its configuration",
                "Keep homes elsewhere: by HOME, or by source_home in a manifest of your own.",
            )
    return None


def make_home(profile: Profile) -> None:
    """Make sure of a profile's home; one that is made is marked as made by us. Blocks."""
    home = Path(profile.metadata.home)
    is_new = not os.path.lexists(home)
    ensure_private_dir(home)
    if is_new:
        mark_home(profile)


def mark_home(profile: Profile) -> None:
    """Note in a home that was made by us whose it is."""
    mark = _Mark(profile.metadata.created_at.isoformat(), profile.alias)
    write_atomic(Path(profile.metadata.home, MARK), msgspec.json.encode(mark) + b"\n")


def was_made_for(home: Path) -> str | None:
    """When the profile was created that Ringlet made the home for; None if there is no mark.

    A mark that is a link or cannot be read is nobody's: "".
    """
    mark = home / MARK
    try:
        data = b"" if os.path.islink(mark) else read_bounded(mark, _LARGEST_MARK)
        return None if data is None else msgspec.json.decode(data, type=_Mark).created_at
    except (RingletError, msgspec.DecodeError):
        return ""


def is_ours(profile: Profile, usual: Path, paths: Paths) -> bool:
    """Whether Ringlet made the profile's home.

    Homes from before there were marks are those where the manifest puts them, with no link on
    the way, unless they are older than their profile.
    """
    home = Path(profile.metadata.home)
    made_for = was_made_for(home)
    if made_for is not None:
        return made_for == profile.metadata.created_at.isoformat()
    begin = paths.user_home if home.is_relative_to(paths.user_home) else Path("/")
    unlinked = Path(os.path.realpath(begin), home.relative_to(begin))
    found = os.path.realpath(home) == str(unlinked)
    return found and home == usual and not profile.metadata.home_was_there


def check_purge(
    profile: Profile, others: Collection[Profile], paths: Paths, *, folder: str = ""
) -> None:
    """Raise FORBIDDEN if removing the profile's home would take more with it than the profile.

    `folder` is the one that the caller is in, if that is known.
    """
    if not os.path.isabs(profile.metadata.home):
        raise _refused(profile, "is no absolute path")
    home = Path(os.path.realpath(profile.metadata.home))
    kept = [
        ("your own home", paths.user_home),
        ("Ringlet's configuration", paths.config),
        ("Ringlet's state", paths.state),
        ("Ringlet's sockets", paths.runtime),
        *((f"the home of {other.alias}", Path(other.metadata.home)) for other in others),
        *([("the folder that you are in", Path(folder))] if folder else []),
        *([("the repository that you are in", root)] if (root := _repository(folder)) else []),
    ]
    for what, place in kept:
        if Path(os.path.realpath(place)).is_relative_to(home):
            raise _refused(profile, f"is or holds {what}")
    if str(home) in mounts.points():
        raise _refused(profile, "is where a file system is mounted")


def check_confirmed(profile: Profile, confirmed: str, paths: Paths) -> None:
    """Raise FORBIDDEN unless the path of a home that is not ours was given as a confirmation."""
    home = profile.metadata.home
    given = str(paths.expand(confirmed)) if confirmed else ""
    if os.path.normpath(given or "?") != os.path.normpath(home):
        wrong = f", and {confirmed} is not its path" if confirmed else ""
        raise RingletError(
            ErrorCode.FORBIDDEN,
            f"The home of {profile.alias} is not removed: Ringlet did not make {home}{wrong}",
            hint="Look into it. If it shall go with all that is in it, confirm its path: "
            f"ringlet profiles delete {profile.alias} --purge --confirm-home {quote(home)}",
        )


def remove_home(home: Path) -> str:
    """Remove a home and all that is in it; says what became of it. A link is not followed.

    Raises STORAGE_ERROR that names what could not be removed; removing it again goes on with it.
    """
    if os.path.islink(home):
        return f"Its home {home} is a link, which is left with what it leads to"
    if is_gone(home):
        return f"Its home {home} was gone already"
    if problems := remove_folder(str(home), last=MARK, mounts=mounts.points()):
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"The home {home} could not be removed wholly: {'; '.join(problems)}",
            hint="See to these, and delete the profile again, or delete it without --purge.",
        )
    return f"Removed its home {home}"


def is_gone(home: Path) -> bool:
    """Whether there is nothing where the home was; one that cannot be looked at is there."""
    try:
        home.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        pass
    return False


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of homes if this was the last one."""
    try:
        folder.rmdir()
    except OSError:
        pass  # other profiles live there


def _repository(folder: str) -> Path | None:
    """The root of the repository that a folder is in."""
    if not folder:
        return None
    place = Path(folder)
    return next((each for each in (place, *place.parents) if os.path.lexists(each / ".git")), None)


def _refused(profile: Profile, why: str) -> RingletError:
    return RingletError(
        ErrorCode.FORBIDDEN,
        f"The home of {profile.alias} is not removed: {profile.metadata.home} {why}",
        hint="Delete the profile without --purge, and remove by hand what you do not need.",
    )
