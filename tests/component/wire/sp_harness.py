"""What the tests of the protocols share beside the fixtures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, cast

from ringlet.wire.endpoint import Endpoint
from ringlet.wire.sp.server import Server

Eventually: TypeAlias = Callable[[Callable[[], object]], Awaitable[None]]
Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial: TypeAlias = Callable[[Endpoint], Awaitable[Streams]]


class Serve(Protocol):
    async def __call__(self, server: Server, transport: str = "unix") -> Endpoint: ...


def both_ways(writer: asyncio.StreamWriter) -> asyncio.Transport:
    """The transport with its reading side, which the type of a writer hides."""
    return cast(asyncio.Transport, writer.transport)
