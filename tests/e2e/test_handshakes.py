"""Handshakes of WebSockets: nobody gets an answer past the guard, and nobody waits for none."""

from __future__ import annotations

import pytest
from tests.e2e.site import Site, status

_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
_VERSION = "Sec-WebSocket-Version: 13"
_UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")
_FINE = (*_UPGRADE, _KEY, _VERSION)
_BROKEN = {
    "without a key": (*_UPGRADE, _VERSION),
    "with two keys": (*_FINE, _KEY),
    "with a short key": (*_UPGRADE, _VERSION, "Sec-WebSocket-Key: AAAA"),
    "of another version": (*_UPGRADE, _KEY, "Sec-WebSocket-Version: 8"),
    "to two protocols": (*_FINE, "Upgrade: h2c"),
    "with a broken list": (*_FINE, "Sec-WebSocket-Protocol: ,,(("),
    "with a long line": (*_FINE, "X-Long: " + "x" * 9000),
    "with a body": (*_FINE, "Content-Length: 5"),
    "with a body in pieces": (*_FINE, "Transfer-Encoding: chunked"),
}
each_broken = pytest.mark.parametrize("lines", _BROKEN.values(), ids=_BROKEN.keys())


def _stranger(host: str, *lines: str) -> bytes:
    return "\r\n".join(["GET /ws HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()


@each_broken
def test_broken_handshakes_of_strangers_meet_the_guard(site: Site, lines: tuple[str, ...]) -> None:
    assert status(site.raw(_stranger("evil.example", *lines))) == 421
    foreign = site.raw(_stranger(site.authority, *lines, "Origin: http://evil.example"))
    assert status(foreign) == 403
    unknown = site.raw(_stranger(site.authority, *lines))
    assert status(unknown) == 401
    assert b"nosniff" in unknown
    assert b"websocket" not in unknown.lower()


@each_broken
def test_who_has_the_token_is_told_that_it_is_no_handshake(
    site: Site, lines: tuple[str, ...]
) -> None:
    head = site.head("GET", "/ws", *lines, close=False)
    answer = site.raw(head + site.head("GET", "/api/ping"))
    assert status(answer) in (415, 426)


@pytest.mark.parametrize("first", ["POST /ws HTTP/1.1", "GET /ws HTTP/1.0", "GET /ws? HTTP/1.1"])
def test_only_a_get_of_http_1_1_becomes_a_websocket(site: Site, first: str) -> None:
    lines = ("Host: " + site.authority, f"Authorization: Bearer {site.token}", *_FINE[1:])
    answer = site.raw("\r\n".join([first, *lines, "Connection: close", "", ""]).encode())
    assert status(answer) in (405, 426)


def test_who_pings_and_never_reads_is_cut_off(site: Site) -> None:
    ping = b"\x89\xfd\0\0\0\0" + b"x" * 125
    with site.connect() as connection:
        connection.sendall(site.head("GET", "/ws", *_FINE, close=False))
        assert connection.recv(1 << 10).startswith(b"HTTP/1.1 101 ")
        with pytest.raises(OSError):
            for _ in range(1000):
                connection.sendall(ping * 1000)
    assert site.ask("GET", "/api/ping").status_code == 200
    assert "Traceback" not in (site.world.config / "logs" / "ringletd.log").read_text()
