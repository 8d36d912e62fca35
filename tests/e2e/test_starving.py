"""Whatever others keep open, a request is answered."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest
from tests.e2e.conftest import _HOMES
from tests.e2e.site import Site
from tests.e2e.world import World

_MANY = 300


@pytest.fixture(scope="module", params=["256", "1024"])
def narrow(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A daemon that may open so many files and no more."""
    world = World(_HOMES / uuid4().hex[:8], "/usr/bin")
    world.prefix = ("sh", "-c", f'ulimit -n {request.param}; exec "$@"', "sh")
    world.run("daemon", "start", "--stay-alive")
    world.run("ui")  # waits until HTTP is up
    world.prefix = ()
    yield Site(world)
    world.run("daemon", "stop")
    shutil.rmtree(world.runtime, ignore_errors=True)
    shutil.rmtree(world.root, ignore_errors=True)


def _request(site: Site, path: str, *lines: str) -> bytes:
    head = [f"GET {path} HTTP/1.1", f"Host: {site.authority}"]
    head += [f"Authorization: Bearer {site.token}", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def _socket(site: Site) -> bytes:
    lines = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    return _request(site, "/ws", *lines, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")


KINDS: dict[str, Callable[[Site], bytes]] = {
    "WebSockets": _socket,
    "streams": lambda site: _request(site, "/api/events"),
    "idle": lambda site: _request(site, "/api/ping"),
    "silent": lambda site: b"",
    "half a head": lambda site: b"GET /api/ping HTTP/1.1\r\nHost: ",
    "half a body": lambda site: _request(
        site, "/api/profiles", "Content-Type: application/json", "Content-Length: 1000"
    ).replace(b"GET", b"POST"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_connections_of_one_kind_keep_no_request_out(narrow: Site, kind: str) -> None:
    message = KINDS[kind](narrow)
    with ExitStack() as opened:
        for _ in range(_MANY):
            client = opened.enter_context(narrow.connect())
            try:
                client.sendall(message)
            except OSError:  # it had to go already
                continue
        assert narrow.ask("GET", "/api/ping").status_code == 200
        assert narrow.world.json("profiles", "list") == []


@pytest.mark.parametrize("greeting", [b"", b"\x00SP\x00\x00\x30\x00\x00"], ids=["silent", "idle"])
def test_idle_clients_of_the_socket_keep_no_command_out(narrow: Site, greeting: bytes) -> None:
    endpoint = narrow.world.endpoint()
    with ExitStack() as opened:
        for _ in range(_MANY):
            client = opened.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(endpoint)
            if greeting:
                client.sendall(greeting)
        assert narrow.world.json("profiles", "list") == []
        assert narrow.ask("GET", "/api/ping").status_code == 200


def test_one_stream_too_many_is_told_so(narrow: Site) -> None:
    with ExitStack() as opened:
        answers = set()
        for _ in range(_MANY):
            client = opened.enter_context(narrow.connect())
            client.sendall(_request(narrow, "/api/events"))
            answers.add(client.recv(12))
        assert answers == {b"HTTP/1.1 200", b"HTTP/1.1 503"}
