from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tests.component.wire.sp_harness import Dial, Eventually, Serve, Streams

from ringlet.wire.endpoint import Endpoint, parse_endpoint
from ringlet.wire.sp.server import Server


def absent(what: str) -> NoReturn:
    """Skip the test because a reference peer is missing; where all must be there, fail it."""
    reason = f"{what} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def nngcat() -> str:
    """The path of the reference command line tool."""
    return shutil.which("nngcat") or absent("nngcat")


@pytest.fixture
def pynng() -> Any:
    """The module that binds the reference library."""
    try:
        return importlib.import_module("pynng")
    except ImportError:
        absent("pynng")


@pytest.fixture(params=["unix", "tcp"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Puts a server on a new socket and tells where; closes all servers afterwards."""
    servers: list[Server] = []

    async def start(server: Server, transport: str = "unix") -> Endpoint:
        servers.append(server)
        if transport == "unix":
            path = str(tmp_path / f"{len(servers)}.sock")
            await server.serve_unix(bound(socket.AF_UNIX, path))
            return parse_endpoint(path)
        sock = bound(socket.AF_INET, ("127.0.0.1", 0))
        port = sock.getsockname()[1]
        await server.serve_tcp(sock)
        return parse_endpoint(f"tcp://127.0.0.1:{port}")

    yield start
    for server in servers:
        await server.close(0)


def bound(family: socket.AddressFamily, address: str | tuple[str, int]) -> socket.socket:
    sock = socket.socket(family)
    sock.bind(address)
    sock.listen()
    return sock


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Opens plain byte streams, for peers that misbehave."""
    writers: list[asyncio.StreamWriter] = []

    async def connect(endpoint: Endpoint) -> Streams:
        if endpoint.transport == "unix":
            reader, writer = await asyncio.open_unix_connection(endpoint.address)
        else:
            reader, writer = await asyncio.open_connection(endpoint.address, endpoint.port)
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.transport.abort()


@pytest.fixture
def eventually() -> Eventually:
    """Waits until a condition holds, five seconds at most."""

    async def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < deadline, "the condition never came true"
            await asyncio.sleep(0.001)

    return wait


@pytest.fixture
def endpoint_path(tmp_path: Path) -> str:
    """Where a socket may be made."""
    return str(tmp_path / "own.sock")
