"""The catalogs of one installation, as the manifests are now."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from ringlet.agents.catalog import AgentCatalog, ProviderCatalog, load_agents, load_providers
from ringlet.agents.problems import ManifestProblem

C = TypeVar("C", AgentCatalog, ProviderCatalog)
_Signature = tuple[tuple[str, int, int], ...]
_DANGLING = (-1, -1)


class Catalogs:
    """Agents and providers: built-in ones and those of the user's two folders.

    A manifest that was added or changed counts at once: each look compares names, sizes and
    times of the folder's files, which takes microseconds.
    """

    def __init__(self, agents: Path, providers: Path) -> None:
        self._agents = _Watched(agents, load_agents)
        self._providers = _Watched(providers, load_providers)

    @property
    def agents(self) -> AgentCatalog:
        """All agents."""
        return self._agents.current()

    @property
    def providers(self) -> ProviderCatalog:
        """All providers."""
        return self._providers.current()

    @property
    def problems(self) -> tuple[ManifestProblem, ...]:
        """Manifests that were left out, and why."""
        return (*self.agents.problems, *self.providers.problems)


class _Watched(Generic[C]):
    def __init__(self, folder: Path, load: Callable[[Path], C]) -> None:
        self._folder = folder
        self._load: Callable[[Path], C] = load
        # One value, for callers come from several threads.
        self._loaded: tuple[_Signature, C] | None = None

    def current(self) -> C:
        signature, loaded = _sign(self._folder), self._loaded
        if loaded is None or signature != loaded[0]:
            self._loaded = loaded = signature, self._load(self._folder)
        return loaded[1]


def _sign(folder: Path) -> _Signature:
    """What changes whenever a file of the folder does."""
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted((entry.name, *_size_and_time(entry)) for entry in entries))
    except OSError:
        return ()


def _size_and_time(entry: os.DirEntry[str]) -> tuple[int, int]:
    """Those of the file that a link leads to: one that leads nowhere must not hide the others."""
    try:
        stat = entry.stat()
    except OSError:
        return _DANGLING
    return stat.st_size, stat.st_mtime_ns
