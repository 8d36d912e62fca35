"""What all readers have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from ringlet.agents.usage.logins import Login
from ringlet.domain.usage import Call
from ringlet.store.folder import Entry, Folder


class Batch(NamedTuple):
    """Calls of a file up to `offset`, where the next reading may begin with `state`.

    `unreadable` are the lines, or what counts as one, that could be taken for no record.
    """

    calls: list[Call]
    offset: int
    state: bytes
    unreadable: int = 0


class AgentFolder(NamedTuple):
    """A folder that an agent keeps its files in, by its "/"-separated path below a home.

    `variables` of the user's environment name another one, or several with commas between; the
    first that is set counts. What stands behind a "/" lies below the folder that it names.
    """

    path: str
    variables: tuple[str, ...]


class Reader(Protocol):
    """Reads the usage of one agent.

    With `whole` the files are no logs that grow: `state` then outlives their replacement. With
    `sums_only` they hold sums, and an answer is the growth since the last look.
    """

    @property
    def agent(self) -> str: ...

    @property
    def folders(self) -> tuple[AgentFolder, ...]: ...

    @property
    def inside(self) -> tuple[str, ...]:
        """What in such a folder holds the files; empty for the folder itself."""
        ...

    @property
    def whole(self) -> bool: ...

    @property
    def sums_only(self) -> bool: ...

    @property
    def login(self) -> Login | None:
        """What tells who is signed in; None if the agent notes that nowhere."""
        ...

    def wants(self, path: str) -> bool:
        """Whether the file, by its path below a root, may hold usage."""
        ...

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """The calls of a file from the offset on; `state` is empty at its beginning.

        Raises OSError and RingletError if the file cannot be read; what it holds never does.
        """
        ...
