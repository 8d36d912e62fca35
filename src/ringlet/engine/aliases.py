"""Shims: small scripts on the PATH that run a profile under its own name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ringlet.agents.catalogs import Catalogs
from ringlet.domain import shell_words
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.profiles import Profile
from ringlet.store.aside import aside
from ringlet.store.descriptors import storage_error
from ringlet.store.files import ensure_public_dir, read_bounded, write_atomic
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.aliases import AliasInfo

_LARGEST_SHIM: Final = 4096
_OURS: Final = ("ringlet", "ringletd", "clown", "clownd")
_MARKER: Final = "# A shim of ringlet; remove it with: ringlet aliases uninstall"


@dataclass(frozen=True, slots=True)
class Shim:
    """An installed shim, and what the user should know about it."""

    path: Path
    note: str = ""


class Aliases:
    """Installs and removes shims; files that are not ours are never touched."""

    def __init__(
        self,
        *,
        profiles: ProfileStore,
        paths: Paths,
        catalogs: Catalogs,
        bin_dir: Callable[[], str | None],
    ) -> None:
        self._profiles = profiles
        self._paths = paths
        self._catalogs = catalogs
        self._bin_dir = bin_dir

    async def install(self, alias: str, *, search: str, bin_dir: str | None = None) -> Shim:
        """Install the shim of a profile; no program on `search`, the caller's PATH, gets hidden."""
        self._profiles.get(check_alias(alias))
        path = self._folder(bin_dir) / alias
        await aside(self._refuse_hiding, path, search)
        await aside(_write_shim, path, alias)
        await self._profiles.update(alias, lambda latest: _noting(latest, str(path)))
        return Shim(path, _note(path.parent, search))

    async def uninstall(self, alias: str, bin_dir: str | None = None) -> Path:
        """Remove a shim; raises ALIAS_NOT_FOUND if there is none of ours."""
        profile = self._profiles.find(check_alias(alias))
        noted = profile.metadata.alias_path if profile else None
        path = Path(noted) if noted and bin_dir is None else self._folder(bin_dir) / alias
        if not _is_shim(path):
            raise RingletError(ErrorCode.ALIAS_NOT_FOUND, f"There is no shim of Ringlet at {path}")
        await aside(path.unlink)
        await self._profiles.update(alias, lambda latest: _noting(latest, None))
        return path

    def discard(self, path: Path) -> None:
        """Remove the file if it is a shim of ours, whoever it belongs to."""
        if _is_shim(path):
            path.unlink(missing_ok=True)

    def all(self) -> list[AliasInfo]:
        """Shims of the known profiles that are still there."""
        noted = ((p.alias, p.metadata.alias_path) for p in self._profiles.all())
        return [AliasInfo(alias, path) for alias, path in noted if path and _is_shim(Path(path))]

    def orphans(self) -> list[Path]:
        """Shims in the usual folder whose profile is not there (any more). Blocks."""
        known = {profile.alias for profile in self._profiles.all()}
        folder = self._folder(None)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if path.name not in known and _is_shim(path)]

    def _folder(self, bin_dir: str | None) -> Path:
        chosen = bin_dir or self._bin_dir()
        if chosen is None:
            return self._paths.user_home / ".local" / "bin"
        folder = self._paths.expand(chosen)
        if not folder.is_absolute():
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"The folder for commands, {chosen!r}, is not absolute",
                hint="Begin it with / or ~/, in --bin-dir or in defaults.bin_dir of config.toml.",
            )
        return folder

    def _refuse_hiding(self, path: Path, search: str) -> None:
        """Raise if a shim at `path` would stand in the way of something that is not ours."""
        if os.path.islink(path) or (os.path.exists(path) and not _is_shim(path)):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"{path} exists and is not a shim of Ringlet",
                hint="Use --no-alias, or choose another folder with --bin-dir.",
            )
        programs = {agent.binary for agent in self._catalogs.agents}
        hidden = _other_program(path.name, search)
        if hidden is not None or path.name in programs or path.name in _OURS:
            where = f", {hidden}" if hidden else ""
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"A shim called {path.name} would hide the program of that name{where}",
                hint="Use --no-alias, or another alias.",
            )


def _other_program(name: str, search: str) -> Path | None:
    """The program of that name on the search path, unless it is a shim of ours."""
    places = (Path(folder, name) for folder in search.split(os.pathsep) if folder)
    programs = (p for p in places if os.path.isfile(p) and os.access(p, os.X_OK))
    return next((program for program in programs if not _is_shim(program)), None)


def _note(folder: Path, search: str) -> str:
    if str(folder) in (entry.rstrip("/") for entry in search.split(os.pathsep)):
        return ""
    return f"{folder} is not on your PATH: add it, so that the command is found"


def _noting(profile: Profile, path: str | None) -> Profile:
    metadata = msgspec.structs.replace(profile.metadata, alias_path=path)
    return msgspec.structs.replace(profile, metadata=metadata)


def _write_shim(path: Path, alias: str) -> None:
    try:
        ensure_public_dir(path.parent)
    except OSError as error:
        raise storage_error("make the folder", path.parent, error) from error
    write_atomic(path, os.fsencode(_shim(alias)), mode=0o755)


def _is_shim(path: Path) -> bool:
    try:
        text = None if os.path.islink(path) else read_bounded(path, _LARGEST_SHIM)
    except RingletError:  # no regular file, or longer than any shim
        return False
    return text is not None and _MARKER.encode() in text


def _shim(alias: str) -> str:
    return f'#!/bin/sh\n{_MARKER}\nexec {_program()} profiles run {alias} -- "$@"\n'


def _program() -> str:
    """What calls Ringlet in a shell."""
    if " " in sys.executable:  # pip writes a first line into the script that no kernel understands
        return f"{shell_words.quote(sys.executable)} -m ringlet"
    program = Path(sys.executable).with_name("ringlet")
    return shell_words.quote(str(program)) if os.access(program, os.X_OK) else "ringlet"
