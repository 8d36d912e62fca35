"""Which function answers which request, and what it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.launches import Client
from ringlet.engine.services import Services
from ringlet.wire.requests.base import Request
from ringlet.wire.sp import Peer

R = TypeVar("R", bound=Request)
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way: the use cases, and who asks.

    `peer` is the connection to the request socket, None for other edges. `shut_down` ends the
    daemon soon and takes the reason.
    """

    services: Services
    shut_down: Callable[[str], None]
    peer: Peer | None = None

    @property
    def is_private(self) -> bool:
        """Whether the system itself says that the user, and nobody else, is asking."""
        return self.peer is not None and self.peer.transport == "unix"

    def client(self) -> Client:
        """The process behind the connection, as runs know it; raises FORBIDDEN."""
        if self.peer is None or self.peer.pid is None:
            raise RingletError(
                ErrorCode.FORBIDDEN,
                "Runs are planned for clients of the ipc:// endpoint only",
                hint="Elsewhere the daemon cannot see who asks; use profiles_run.",
            )
        return Client(pid=self.peer.pid, connection=self.peer.id)


@dataclass(frozen=True, slots=True)
class Entry:
    """A request type, the `type` of its reply, and the function that makes the reply's data."""

    request: type[Request]
    reply: str
    function: Callable[[Call, Any], Awaitable[Any]]

    @property
    def tag(self) -> str:
        """The `type` of the request on the wire."""
        return str(self.request.__struct_config__.tag)


class Table:
    """The requests about one noun. The functions' return types are those of the replies' data."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def on(
        self, request: type[R], reply: str
    ) -> Callable[[Callable[[Call, R], Awaitable[D]]], Callable[[Call, R], Awaitable[D]]]:
        """Register the function that answers `request`."""

        def register(
            function: Callable[[Call, R], Awaitable[D]],
        ) -> Callable[[Call, R], Awaitable[D]]:
            self._entries.append(Entry(request, reply, function))
            return function

        return register
