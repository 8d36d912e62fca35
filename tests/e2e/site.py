"""The HTTP side of a daemon, by well-behaved clients and by hand-written bytes."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import httpx
from tests.e2e.world import World

SECONDS = 20.0


@dataclass
class Site:
    """Where the daemon of a world answers."""

    world: World

    @property
    def url(self) -> str:
        return (self.world.config / "http-endpoint").read_text()

    @property
    def token(self) -> str:
        return (self.world.config / "http_token").read_text()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request with the token; `headers` are added to it."""
        headers = self.bearer | options.pop("headers", {})
        url = self.url + path
        return httpx.request(method, url, headers=headers, timeout=SECONDS, **options)

    def data(self, method: str, path: str, **options: Any) -> Any:
        """The data of a request that must succeed."""
        response = self.ask(method, path, **options)
        assert response.is_success, response.text
        return response.json()["data"]

    def connect(self) -> socket.socket:
        """A connection for bytes of one's own."""
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def raw(self, request: bytes) -> bytes:
        """All that is answered to these bytes until the other side closes."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_to_end(connection)

    def head(self, method: str, path: str, *lines: str, close: bool = True) -> bytes:
        """The head of a request that would be fine but for `lines`."""
        usual = [f"Host: {self.authority}", f"Authorization: Bearer {self.token}"]
        usual += ["Connection: close"] if close else []
        text = "\r\n".join([f"{method} {path} HTTP/1.1", *usual, *lines, "", ""])
        return text.encode("latin-1")


def read_to_end(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass  # it closed with something of ours unread
    return b"".join(parts)


def status(answer: bytes) -> int:
    """The status of a raw response."""
    return int(answer.split(b" ", 2)[1])
