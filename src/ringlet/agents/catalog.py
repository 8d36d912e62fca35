"""All known agents and providers: the built-in ones and those of the user."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from ringlet.agents.documents import SUFFIXES, Document, read_document
from ringlet.agents.manifests import parse_agent
from ringlet.agents.problems import ManifestError, ManifestProblem
from ringlet.agents.providers import parse_provider
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.providers import Provider

_BUILT_IN: Final = "built-in"


class Described(Protocol):
    """What comes out of a manifest."""

    @property
    def id(self) -> str: ...

    @property
    def source(self) -> str: ...


Entry = TypeVar("Entry", bound=Described)
Parsed = TypeVar("Parsed", bound=Described, covariant=True)


class Parse(Protocol[Parsed]):
    def __call__(self, document: Document, *, source: str) -> Parsed: ...


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
        close = difflib.get_close_matches(entry_id, self.entries, n=3)
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
    return AgentCatalog(*_load("agents", parse_agent, folders))


def load_providers(*folders: Path) -> ProviderCatalog:
    """Load the built-in providers and those of the folders, as `load_agents` does."""
    return ProviderCatalog(*_load("providers", parse_provider, folders))


def _load(
    kind: str, parse: Parse[Entry], folders: tuple[Path, ...]
) -> tuple[Mapping[str, Entry], tuple[ManifestProblem, ...]]:
    found: dict[str, Entry] = {}
    for file in _manifests(resources.files("ringlet.data").joinpath(kind)):
        entry = parse(read_document(file, file.name), source=_BUILT_IN)
        found[entry.id] = entry
    problems: list[ManifestProblem] = []
    for folder in folders:
        found.update(_load_folder(folder, parse, problems.append))
    return MappingProxyType(dict(sorted(found.items()))), tuple(problems)


def _load_folder(
    folder: Path, parse: Parse[Entry], report: Callable[[ManifestProblem], None]
) -> dict[str, Entry]:
    """Return the entries of one folder; a file that is no good is reported and left out."""
    found: dict[str, Entry] = {}
    try:
        files = _manifests(folder)
    except FileNotFoundError:
        return found
    except OSError as error:
        report(ManifestProblem(str(folder), f"it cannot be listed: {error.strerror or error}"))
        return found
    for file in files:
        path = str(file)
        try:
            document = read_document(file, path)
            entry = parse(document, source=path)
        except ManifestError as error:
            for problem in error.problems:
                report(problem)
            continue
        if entry.id in found:
            other = Path(found[entry.id].source).name
            report(document.problem(("id",), f"{entry.id!r} is already the id of {other}"))
        else:
            found[entry.id] = entry
    return found


def _manifests(folder: Traversable) -> list[Traversable]:
    """The manifest files of a folder by name; hidden files and other kinds are passed over."""
    files = (file for file in folder.iterdir() if not file.name.startswith("."))
    return sorted((file for file in files if file.name.endswith(SUFFIXES)), key=lambda f: f.name)
