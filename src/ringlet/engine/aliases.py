"""Shims: small scripts on the PATH that run a profile under its own name."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path
from typing import Final

import msgspec

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.profiles import Profile
from ringlet.store.files import read_bounded, write_atomic
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.aliases import AliasInfo

_LARGEST_SHIM: Final = 4096
_MARKER: Final = "# A shim of ringlet; remove it with: ringlet aliases uninstall"


class Aliases:
    """Installs and removes shims; files that are not ours are never touched."""

    def __init__(
        self,
        *,
        profiles: ProfileStore,
        paths: Paths,
        catalogs: Catalogs,
        bin_dir: str | None,
    ) -> None:
        self._profiles = profiles
        self._paths = paths
        self._catalogs = catalogs
        self._bin_dir = bin_dir

    async def install(self, alias: str, bin_dir: str | None = None) -> Path:
        """Install the shim of a profile and return its path."""
        self._profiles.get(check_alias(alias))
        programs = {agent.binary for agent in self._catalogs.agents}
        if alias in programs or alias in ("ringlet", "ringletd", "clown", "clownd"):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"A shim called {alias} would hide the program of that name",
                hint="Use --no-alias, or another alias.",
            )
        path = self._folder(bin_dir) / alias
        if path.is_symlink() or (path.exists() and not _is_shim(path)):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"{path} exists and is not a shim of Ringlet",
                hint="Use --no-alias, or choose another folder with --bin-dir.",
            )
        await asyncio.to_thread(_write_shim, path, alias)
        await self._profiles.update(alias, lambda latest: _noting(latest, str(path)))
        return path

    async def uninstall(self, alias: str, bin_dir: str | None = None) -> Path:
        """Remove a shim; raises ALIAS_NOT_FOUND if there is none of ours."""
        profile = self._profiles.find(check_alias(alias))
        noted = profile.metadata.alias_path if profile else None
        path = Path(noted) if noted and bin_dir is None else self._folder(bin_dir) / alias
        if not _is_shim(path):
            raise RingletError(ErrorCode.ALIAS_NOT_FOUND, f"There is no shim of Ringlet at {path}")
        await asyncio.to_thread(path.unlink)
        await self._profiles.update(alias, lambda latest: _noting(latest, None))
        return path

    def all(self) -> list[AliasInfo]:
        """Shims of the known profiles that are still there."""
        noted = ((p.alias, p.metadata.alias_path) for p in self._profiles.all())
        return [AliasInfo(alias, path) for alias, path in noted if path and _is_shim(Path(path))]

    def _folder(self, bin_dir: str | None) -> Path:
        chosen = bin_dir or self._bin_dir
        return self._paths.expand(chosen) if chosen else self._paths.user_home / ".local" / "bin"


def _noting(profile: Profile, path: str | None) -> Profile:
    metadata = msgspec.structs.replace(profile.metadata, alias_path=path)
    return msgspec.structs.replace(profile, metadata=metadata)


def _write_shim(path: Path, alias: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, _shim(alias).encode(), mode=0o755)


def _is_shim(path: Path) -> bool:
    try:
        text = None if path.is_symlink() else read_bounded(path, _LARGEST_SHIM)
    except RingletError:  # no regular file, or longer than any shim
        return False
    return text is not None and _MARKER.encode() in text


def _shim(alias: str) -> str:
    program = Path(sys.executable).with_name("ringlet")
    command = str(program) if os.access(program, os.X_OK) else "ringlet"
    return f'#!/bin/sh\n{_MARKER}\nexec {shlex.quote(command)} profiles run {alias} -- "$@"\n'
