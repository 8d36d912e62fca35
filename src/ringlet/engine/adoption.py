"""Take over what the program's earlier name, clown, has left in its own folder."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import Final

from ringlet.domain.errors import RingletError
from ringlet.engine.refresh import Refresh
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.paths import Paths

_FOLDERS: Final = ("profiles", "agents.d", "providers.d", "scripts")
_LARGEST: Final = 1 << 20


class Adoption:
    """Copies profiles, manifests, scripts and settings; nothing is moved or replaced."""

    def __init__(self, *, paths: Paths, refresh: Refresh) -> None:
        self._paths = paths
        self._refresh = refresh
        self.source = paths.config.with_name("clown")

    @property
    def offered(self) -> bool:
        """Whether there is something to take over, and nothing here yet."""
        return self.source.is_dir() and not any(self._paths.profiles.glob("*.json"))

    async def adopt(self) -> list[str]:
        """Copy what is not here; returns what was done and what could not be, as sentences."""
        copied, failures = await asyncio.to_thread(self._copy)
        await self._refresh.changed(copied)
        said = [f"Took over {len(copied)} files from {self.source}; they stay there, too"]
        said += failures + self._refresh.problems
        if any(path.parent == self._paths.profiles for path in copied):
            said.append("Keys are not in those files: give each with ringlet profiles set-key")
        return said

    def _copy(self) -> tuple[list[Path], list[str]]:
        copied, failures = [], []
        for name in self._names():
            target = self._paths.config / name
            try:
                data = read_bounded(self.source / name, _LARGEST)
                if data is not None and not target.exists():
                    ensure_private_dir(target.parent)
                    write_atomic(target, data)
                    copied.append(target)
            except RingletError as error:
                failures.append(error.message)
        return copied, failures

    def _names(self) -> list[str]:
        """Regular files worth a copy, as paths below the folder; links are left alone."""
        names = ["config.toml"]
        for folder in _FOLDERS:
            try:
                found = sorted(os.listdir(self.source / folder))
            except OSError:
                continue
            names += [f"{folder}/{name}" for name in found]
        return [name for name in names if _is_regular(self.source / name)]


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
