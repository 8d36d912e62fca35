"""The catalogs of one installation, as the manifests are now."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from ringlet.agents.catalog import AgentCatalog, ProviderCatalog, agents_on, providers_on
from ringlet.agents.manifests import parse_agent
from ringlet.agents.problems import ManifestProblem
from ringlet.agents.providers import parse_provider
from ringlet.agents.shelf import Parse, Shelf
from ringlet.domain.agents import Agent
from ringlet.domain.providers import Provider

C = TypeVar("C", AgentCatalog, ProviderCatalog)
E = TypeVar("E", Agent, Provider)
_Signature = tuple[tuple[str, int, int, int], ...]
_DANGLING = (-1, -1, -1)


class Catalogs:
    """Agents and providers: built-in ones and those of the user's two folders.

    A manifest that was added or changed counts at once: each look compares names, sizes, times and
    numbers of the folder's files, which takes microseconds. With `patience`, a look at a folder
    that was changed takes about so many seconds: what is left of large files is read by a thread.
    """

    def __init__(self, agents: Path, providers: Path, *, patience: float | None = None) -> None:
        self._agents = _Watched(agents, parse_agent, agents_on, patience)
        self._providers = _Watched(providers, parse_provider, providers_on, patience)

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


class _Watched(Generic[E, C]):
    def __init__(
        self,
        folder: Path,
        parse: Parse[E],
        load: Callable[[Shelf[E]], C],
        patience: float | None,
    ) -> None:
        self._folder = folder
        self._shelf: Shelf[E] = Shelf(folder, parse, patience=patience, finished=self._note_late)
        self._load: Callable[[Shelf[E]], C] = load
        # One value, for callers come from several threads.
        self._loaded: tuple[_Signature, int, C] | None = None
        self._late = 0  # how often a thread has read what a look left

    def current(self) -> C:
        state: tuple[_Signature, int] = _sign(self._folder), self._late
        loaded = self._loaded
        if loaded is None or state != loaded[:2]:
            loaded = (*state, self._load(self._shelf))
            self._loaded = loaded if self._shelf.settled else None
        return loaded[2]

    def _note_late(self) -> None:
        self._late += 1


def _sign(folder: Path) -> _Signature:
    """What changes whenever a file of the folder does."""
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted((entry.name, *_version(entry)) for entry in entries))
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (("", error.errno or 0, 0, 0),)


def _version(entry: os.DirEntry[str]) -> tuple[int, int, int]:
    """That of the file that a link leads to: one that leads nowhere must not hide the others.

    Some managers of configurations give all files the same time, so the file's number counts.
    """
    try:
        stat = entry.stat()
    except OSError:
        return _DANGLING
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
