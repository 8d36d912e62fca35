from __future__ import annotations

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.endpoint import PATH_LIMIT, Endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("text", "endpoint", "url"),
    [
        ("ipc:///run/r.sock", Endpoint("unix", "/run/r.sock"), "ipc:///run/r.sock"),
        ("/run/r.sock", Endpoint("unix", "/run/r.sock"), "ipc:///run/r.sock"),
        ("tcp://127.0.0.1:80", Endpoint("tcp", "127.0.0.1", 80), "tcp://127.0.0.1:80"),
        ("tcp://localhost:80", Endpoint("tcp", "127.0.0.1", 80), "tcp://127.0.0.1:80"),
        ("tcp://[0:0::1]:65535", Endpoint("tcp", "::1", 65535), "tcp://[::1]:65535"),
    ],
)
def test_the_documented_forms_are_understood(text: str, endpoint: Endpoint, url: str) -> None:
    assert parse_endpoint(text) == endpoint
    assert endpoint.url == url
    assert parse_endpoint(url) == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relative.sock",
        "ipc://relative.sock",
        "ipc:///nul\0.sock",
        "http://127.0.0.1:80",
        "127.0.0.1:80",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://127.0.0.1:0",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:\u0664",
        "tcp://:80",
    ],
)
def test_other_forms_are_refused_with_the_right_ones(text: str) -> None:
    with pytest.raises(RingletError) as caught:
        parse_endpoint(text)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert "tcp://127.0.0.1:PORT" in caught.value.hint


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.2", "example.org", "[::]", "[fe80::1]", "127.1", "1270.0.1"]
)
def test_only_loopback_addresses_are_allowed(host: str) -> None:
    with pytest.raises(RingletError, match="other machines") as caught:
        parse_endpoint(f"tcp://{host}:80")
    assert "ssh -L" in caught.value.hint


def test_a_path_may_be_as_long_as_the_system_allows_and_no_longer() -> None:
    longest = "/" + "ü" * ((PATH_LIMIT - 1) // 2)
    assert parse_endpoint(longest).address == longest
    with pytest.raises(RingletError, match=f"{PATH_LIMIT + 1} bytes") as caught:
        parse_endpoint("/" + "a" * PATH_LIMIT)
    assert "RINGLET_DAEMON_ENDPOINT" in caught.value.hint
