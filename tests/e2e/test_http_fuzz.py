"""Requests that were damaged at random: refused or answered, and never the end of anything."""

from __future__ import annotations

import random
import socket

from tests.e2e.site import Site

_PATHS = ("/", "/api/ping", "/api/profiles", "/api/profiles/x", "/ws", "/api/session",
          "/api/runs?limit=3", "/api/fs/list?path=/", "/metrics")  # fmt: skip
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")
_PIECES = (b"\r\n", b"\n", b"\0", b"%00", b"%2f..", b"\xff\xfe", b"Transfer-Encoding: chunked\r\n",
           b"Content-Length: 5\r\n", b"Upgrade: h2c\r\n", b"Expect: 100-continue\r\n")  # fmt: skip
_UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")  # fmt: skip


def request(site: Site, chance: random.Random) -> bytes:
    """A request that would be fine."""
    method, path = chance.choice(_METHODS), chance.choice(_PATHS)
    if path == "/ws":
        return site.head(method, path, *_UPGRADE, close=False)
    body = chance.choice((b"{}", b'{"code": "x"}', b"[1]", b""))
    lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    return site.head(method, path, *lines) + body


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The same with bytes exchanged, put in, left out, or sent twice."""
    for _ in range(chance.randint(1, 3)):
        at, to = sorted(chance.randrange(len(data)) for _ in range(2))
        piece = chance.choice((
            bytes([chance.randrange(256)]),
            chance.choice(_PIECES),
            data[at:to][:200],
        ))  # fmt: skip
        data = data[:at] + piece + data[at + chance.randint(0, 4) :]
    return data


def test_no_damaged_request_breaks_anything(site: Site) -> None:
    chance = random.Random(20261125)  # noqa: S311 - the same damage each time
    seen = set()
    for _ in range(600):
        data = damaged(request(site, chance), chance)
        with site.connect() as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(1 << 16)
            except OSError:
                continue  # refused while we were still talking
        if answer.startswith(b"HTTP/1.1 "):
            seen.add(int(answer.split(b" ", 2)[1]))
    assert {200, 400, 401, 421} <= seen
    assert max(seen) < 500
    assert site.ask("GET", "/api/ping").status_code == 200
    log = (site.world.config / "logs" / "ringletd.log").read_text()
    assert "Traceback" not in log
