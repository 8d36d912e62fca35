"""All known agents and providers: the built-in ones and those of the user."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from ringlet.agents.documents import SUFFIXES, read_document
from ringlet.agents.manifests import parse_agent
from ringlet.agents.problems import ManifestError, ManifestProblem
from ringlet.agents.providers import parse_provider
from ringlet.agents.shelf import Parse, Shelf
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.providers import Provider

_BUILT_IN: Final = "built-in"
_LONGEST_ID: Final = 64


class Described(Protocol):
    """What comes out of a manifest."""

    @property
    def id(self) -> str: ...

    @property
    def source(self) -> str: ...


Entry = TypeVar("Entry", bound=Described)


@dataclass(frozen=True, slots=True)
class Catalog(Generic[Entry]):
    """Entries by id, sorted; iteration gives the entries. `problems` are the files left out."""

    noun: ClassVar[str]
    not_found: ClassVar[ErrorCode]

    entries: Mapping[str, Entry]
    problems: tuple[ManifestProblem, ...] = ()

    def get(self, entry_id: str) -> Entry:
        """Return the entry, or raise an error that hints at ids like the one asked for."""
        if entry_id in self.entries:
            return self.entries[entry_id]
        close = difflib.get_close_matches(entry_id[:_LONGEST_ID], self.entries, n=3)
        raise RingletError(
            self.not_found,
            f"There is no {self.noun} {entry_id!r}",
            hint=f"Did you mean {' or '.join(close)}?"
            if close
            else f"Known: {', '.join(self.entries)}.",
        )

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, entry_id: object) -> bool:
        return entry_id in self.entries


class AgentCatalog(Catalog[Agent]):
    """The agents that profiles can run."""

    __slots__ = ()
    noun = "agent"
    not_found = ErrorCode.AGENT_NOT_FOUND


class ProviderCatalog(Catalog[Provider]):
    """The providers that profiles can talk to."""

    __slots__ = ()
    noun = "provider"
    not_found = ErrorCode.PROVIDER_NOT_FOUND


def load_agents(*folders: Path) -> AgentCatalog:
    """Load the built-in agents and those of the folders; on the same id the later folder wins."""
    return agents_on(*(Shelf(folder, parse_agent) for folder in folders))


def load_providers(*folders: Path) -> ProviderCatalog:
    """Load the built-in providers and those of the folders, as `load_agents` does."""
    return providers_on(*(Shelf(folder, parse_provider) for folder in folders))


def agents_on(*shelves: Shelf[Agent]) -> AgentCatalog:
    """The built-in agents and those on the shelves; on the same id the later shelf wins."""
    return AgentCatalog(*_load(_built_in("agents", parse_agent), shelves))


def providers_on(*shelves: Shelf[Provider]) -> ProviderCatalog:
    """The built-in providers and those on the shelves; on the same id the later shelf wins."""
    return ProviderCatalog(*_load(_built_in("providers", parse_provider), shelves))


@cache
def _built_in(kind: str, parse: Parse[Entry]) -> Mapping[str, Entry]:
    folder = resources.files("ringlet.data").joinpath(kind)
    files = [file for file in folder.iterdir() if file.name.endswith(SUFFIXES)]
    entries = [parse(read_document(file, file.name), source=_BUILT_IN) for file in files]
    return MappingProxyType({entry.id: entry for entry in entries})


def _load(
    built_in: Mapping[str, Entry], shelves: Sequence[Shelf[Entry]]
) -> tuple[Mapping[str, Entry], tuple[ManifestProblem, ...]]:
    found = dict(built_in)
    problems: list[ManifestProblem] = []
    for shelf in shelves:
        found.update(_take_from(shelf, problems))
    return MappingProxyType(dict(sorted(found.items()))), tuple(problems)


def _take_from(shelf: Shelf[Entry], problems: list[ManifestProblem]) -> dict[str, Entry]:
    """The entries of one folder; a file that is no good is added to the problems and left out."""
    found: dict[str, Entry] = {}
    try:
        looked = shelf.look()
    except FileNotFoundError:
        return found
    except OSError as error:
        why = error.strerror or str(error)
        problems.append(ManifestProblem(str(shelf.folder), f"it cannot be listed: {why}"))
        return found
    for path, entry in looked.items():
        if isinstance(entry, tuple):
            problems += entry
        elif entry.id in found:
            problems.append(_same_id(path, entry.id, Path(found[entry.id].source).name))
        else:
            found[entry.id] = entry
    return found


def _same_id(path: Path, identifier: str, other: str) -> ManifestProblem:
    message = f"{identifier!r} is already the id of {other}"
    try:
        return read_document(path, str(path)).problem(("id",), message)
    except ManifestError:  # it has changed meanwhile
        return ManifestProblem(str(path), message)
