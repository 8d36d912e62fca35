"""Attacks on the HTTP interface, each against a real daemon: the rules of the guard in order."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from contextlib import ExitStack

import httpx
import pytest
from tests.e2e.site import Site, read_to_end, status
from tests.e2e.world import World, wait_for

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/", "/api/ping", "/api/nothing"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}."]
)
def test_a_host_that_is_not_ours_is_misdirected(site: Site, path: str, host: str) -> None:
    answer = site.ask("GET", path, headers={"Host": host.format(port=site.port)})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}"])
def test_our_own_names_are_answered(site: Site, host: str) -> None:
    answer = site.ask("GET", "/api/ping", headers={"Host": host.format(port=site.port)})
    assert answer.status_code == 200


def test_no_host_two_hosts_and_a_host_in_the_target_are_refused(site: Site) -> None:
    bare = f"GET /api/ping HTTP/1.0\r\nAuthorization: Bearer {site.token}\r\n\r\n"
    assert status(site.raw(bare.encode())) == 421
    assert status(site.raw(site.head("GET", "/api/ping", "Host: evil.example"))) == 421
    assert status(site.raw(site.head("GET", "http://evil.example/api/ping"))) == 400


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "file://",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "HTTP://127.0.0.1:{port}",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}.evil.example",
        "http://localhost:{port}@evil.example",
        "http://evil.example#http://127.0.0.1:{port}",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/ping"])
def test_pages_of_other_origins_are_forbidden(site: Site, origin: str, path: str) -> None:
    answer = site.ask("GET", path, headers={"Origin": origin.format(port=site.port)})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_our_own_origin_is_let_through(site: Site) -> None:
    headers = {"Origin": f"http://127.0.0.1:{site.port}", "Sec-Fetch-Site": "same-origin"}
    assert site.ask("GET", "/api/ping", headers=headers).status_code == 200


def test_the_name_of_a_proxy_is_answered_when_it_is_configured(world: World) -> None:
    world.config.mkdir(parents=True)
    (world.config / "config.toml").write_text('[daemon]\nallowed_hosts = ["agents.example"]\n')
    world.run("ui")
    site = Site(world)
    headers = {"Host": "Agents.example", "Origin": "https://agents.example"}
    assert site.ask("GET", "/api/ping", headers=headers).status_code == 200
    headers["Origin"] = "https://agents.example.evil.example"
    assert site.ask("GET", "/api/ping", headers=headers).status_code == 403
    assert site.ask("GET", "/api/ping", headers={"Host": "b.agents.example"}).status_code == 421


@pytest.mark.parametrize("value", ["cross-site", "same-site", "anything"])
def test_what_a_foreign_page_made_the_browser_send_is_forbidden(site: Site, value: str) -> None:
    for path in ("/", "/api/ping"):
        answer = site.ask("GET", path, headers={"Sec-Fetch-Site": value})
        assert answer.status_code == 403


def test_preflights_and_private_network_requests_are_granted_nothing(site: Site) -> None:
    headers = {
        "Origin": f"http://127.0.0.1:{site.port}",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = site.ask("OPTIONS", "/api/profiles", headers=headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    ["/api/ping", "/api/openapi.json", "/api/nothing", "/metrics", "/ws", "/docs", "/openapi.json"],
)
def test_everything_but_the_pages_needs_the_token(site: Site, path: str) -> None:
    answers = [
        httpx.get(site.url + path),
        httpx.get(site.url + path, params={"token": site.token, "access_token": site.token}),
        httpx.get(site.url + path, cookies={"token": site.token}),
        httpx.get(site.url + path, headers={"Authorization": f"Basic {site.token}"}),
        httpx.get(site.url + path, headers={"Authorization": f"Bearer {site.token}x"}),
        httpx.get(site.url + path, headers={"Sec-WebSocket-Protocol": f"bearer, {site.token}"}),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content == answers[0].content


def test_two_tokens_are_none(site: Site) -> None:
    head = site.head("GET", "/api/ping", f"Authorization: Bearer {site.token}")
    assert status(site.raw(head)) == 401


def test_three_hundred_wrong_tokens_do_not_lock_the_owner_out(site: Site) -> None:
    seen = set()
    with httpx.Client(base_url=site.url) as stranger:
        for number in range(300):
            headers = {"Authorization": f"Bearer {number:064}"}
            seen.add(stranger.get("/api/ping", headers=headers).status_code)
            if number % 100 == 50:
                assert site.ask("GET", "/api/ping").status_code == 200
    assert seen == {401, 429}
    assert site.ask("GET", "/api/ping").status_code == 200


def test_the_token_is_private_and_outlives_the_daemon(site: Site) -> None:
    path = site.world.config / "http_token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = site.token
    site.world.run("daemon", "restart", "--stay-alive")
    site.world.run("ui")
    assert site.token == before


def test_the_token_is_in_no_log_page_or_description(site: Site) -> None:
    texts = [
        site.ask("GET", path).text for path in ("/", "/api/daemon/status", "/api/openapi.json")
    ]
    texts.append((site.world.config / "logs" / "ringletd.log").read_text())
    assert not any(site.token in text for text in texts)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=utf-16", "application/jsonp", ""],
)  # fmt: skip
def test_a_body_that_is_not_declared_as_json_is_refused(site: Site, kind: str) -> None:
    answer = site.ask("POST", "/api/profiles", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"alias": NaN}', "not valid"),
        (b'{"alias": Infinity}', "not valid"),
        (b'{"alias": 1e999}', "not valid"),
        (b'{"alias": "a", "alias": "b"}', "twice"),
        (b'{"x": {"alias": "a", "alias": "b"}}', "twice"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper"),
        (b'{"alias":' * 40 + b"1" + b"}" * 40, "deeper"),
        (b'{"alias": "\\ud800"}', "not valid"),
        (b'{"alias": "\xff"}', "UTF-8"),
        (b'{"alias": 1} trailing', "not valid"),
        (b"1" * 10_000, "not valid"),
        (b"[]", "object"),
        (b'"text"', "object"),
        (b'{"no_sandbox": true}', "unknown field"),
        (b'{"environ": {"LD_PRELOAD": "x"}}', "unknown field"),
    ],
)
def test_json_that_parsers_disagree_on_is_a_bad_request(site: Site, body: bytes, why: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.ask("POST", "/api/profiles", content=body, headers=headers)
    assert answer.status_code == 400
    assert why in answer.json()["error"]["message"]
    assert answer.json()["success"] is False


def test_a_long_body_is_refused_whether_it_says_so_or_not(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    big = b" " * (2 << 20)
    assert site.ask("POST", "/api/profiles", content=big, headers=headers).status_code == 413
    pieces = (big[: 1 << 16] for _ in range(32))
    try:
        answer = site.ask("POST", "/api/profiles", content=pieces, headers=headers)
    except httpx.TransportError:
        return  # it closed while we were still sending
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 2"),
        ("Content-Length: 2", "Content-Length: 2"),
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length: -1",),
        ("Content-Length: 0x2",),
        ("Transfer-Encoding: identity, chunked, gzip",),
        ("Content-Length : 2",),
        ("Content-Length: 2", " folded: yes"),
    ],
)
def test_ambiguous_framing_is_a_bad_request(site: Site, lines: tuple[str, ...]) -> None:
    head = site.head("POST", "/api/profiles", "Content-Type: application/json", *lines)
    answer = site.raw(head + b"{}GET /api/ping HTTP/1.1\r\n\r\n")
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_body_in_pieces_says_so_once(site: Site) -> None:
    twice = ("Transfer-Encoding: identity", "Transfer-Encoding: chunked")
    head = site.head("POST", "/api/ping", "Content-Type: application/json", *twice)
    answer = site.raw(head + b"2\r\n{}\r\n0\r\n\r\n")
    assert status(answer) == 400  # else it is a 405


def test_what_follows_a_body_is_no_header(site: Site) -> None:
    head = (
        f"POST /api/profiles HTTP/1.1\r\nHost: {site.authority}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    trailer = f"2\r\n{{}}\r\n0\r\nAuthorization: Bearer {site.token}\r\n\r\n"
    assert status(site.raw((head + trailer).encode())) == 401


def test_an_endless_head_is_cut_off(site: Site) -> None:
    endless = site.head("GET", "/api/ping")[:-2] + b"X: " + b"x" * (1 << 20)
    assert status(site.raw(endless)) == 431
    many = [f"X-{number}: y" for number in range(200)]
    assert status(site.raw(site.head("GET", "/api/ping", *many))) == 431


def test_slow_clients_block_nobody_and_are_cut_off(site: Site) -> None:
    slow = [site.connect() for _ in range(200)]
    try:
        for connection in slow:
            connection.sendall(b"GET /api/ping HTTP/1.1\r\nX-Slow: ")
        assert site.ask("GET", "/api/ping").status_code == 200
        ends = [read_to_end(connection) for connection in slow]
    finally:
        for connection in slow:
            connection.close()
    # The oldest were dropped at once, because too many waited; the rest were told.
    assert {status(end) for end in ends if end} == {408}
    assert ends.count(b"") >= 50


def test_connections_without_the_token_are_not_kept(site: Site) -> None:
    stranger = f"GET /api/ping HTTP/1.1\r\nHost: {site.authority}\r\n\r\n"
    assert status(site.raw(stranger.encode())) == 401
    page = f"GET / HTTP/1.1\r\nHost: {site.authority}\r\n\r\n"
    assert status(site.raw(page.encode())) == 200


def test_strangers_who_dawdle_with_a_body_block_nobody(site: Site) -> None:
    head = (
        f"POST /api/session HTTP/1.1\r\nHost: {site.authority}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    slow = [site.connect() for _ in range(60)]
    try:
        for connection in slow:
            connection.sendall(head.encode())
        assert site.ask("GET", "/api/ping").status_code == 200
        ends = [status(read_to_end(connection)) for connection in slow]
    finally:
        for connection in slow:
            connection.close()
    assert set(ends) == {408, 429}
    assert ends.count(408) == 16


def test_one_stream_too_many_is_told_so_until_others_leave(site: Site) -> None:
    head = site.head("GET", "/api/events", close=False)
    with ExitStack() as held:
        for _ in range(512):
            connection = held.enter_context(site.connect())
            connection.sendall(head)
            connection.recv(16)
        answer = site.ask("GET", "/api/events")
        assert answer.status_code == 503
        assert answer.json()["success"] is False
        assert site.ask("GET", "/api/ping").status_code == 200

    def is_heard() -> bool:
        with site.connect() as connection:
            connection.sendall(head)
            return connection.recv(12) == b"HTTP/1.1 200"

    wait_for(is_heard, "the end of the others")


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    answers = [
        site.ask("GET", "/"),
        site.ask("GET", "/api/ping"),
        site.ask("GET", "/api/nothing"),
        site.ask("PUT", "/api/ping"),
        httpx.get(f"{site.url}/api/ping"),
        site.ask("GET", "/", headers={"Host": "evil.example"}),
    ]
    for answer in answers:
        assert answer.headers.items() >= ALWAYS.items()
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "server" not in answer.headers
    raw = site.raw(b"nonsense\r\n\r\n").lower()
    assert all(f"{name}: {value.lower()}".encode() in raw for name, value in ALWAYS.items())


@pytest.mark.parametrize(
    "path",
    ["/../http_token", "/assets/../../secrets", "/%2e%2e/%2e%2e/etc/passwd", "/assets//page.js",
     "/assets/%2e%2e/index.html", "/index.html/", "/assets/", "//etc/passwd", "/\\..\\x"],
)  # fmt: skip
def test_only_files_of_the_table_are_served(site: Site, path: str) -> None:
    assert status(site.raw(site.head("GET", path))) == 404


def test_unknown_paths_and_methods_answer_in_the_envelope(site: Site) -> None:
    missing = site.ask("GET", "/api/nothing")
    assert missing.status_code == 404
    assert missing.json()["success"] is False
    wrong = site.ask("DELETE", "/api/profiles")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "GET, HEAD, POST"
    assert wrong.json()["success"] is False


def test_a_code_lets_one_browser_in_once(site: Site) -> None:
    url = site.world.json("ui")["url"]
    page, _, code = url.partition("#code=")
    assert page == f"{site.url}/"
    session = f"{site.url}/api/session"
    first, second = (httpx.post(session, json={"code": code}) for _ in range(2))
    assert first.json()["data"] == {"token": site.token}
    assert second.status_code == 403
    made_up = httpx.post(session, json={"code": "0" * 32})
    assert made_up.status_code == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_user_who_saw_the_code_cannot_use_it(site: Site) -> None:
    code = site.world.json("ui")["url"].partition("#code=")[2]
    body = json.dumps({"code": code}).encode()
    head = (
        f"POST /api/session HTTP/1.1\r\nHost: {site.authority}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    program = (
        "import os, socket, sys\n"
        "'x'.encode('idna')\n"  # loaded while we may still read it
        "os.setuid(65534)\n"
        f"peer = socket.create_connection(('127.0.0.1', {site.port}))\n"
        f"peer.sendall({head.encode() + body!r})\n"
        "print(peer.recv(12))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "b'HTTP/1.1 403'\n", done.stderr
    assert httpx.post(f"{site.url}/api/session", json={"code": code}).status_code == 200


def test_a_rotated_token_is_worth_nothing(site: Site) -> None:
    old = site.bearer
    with httpx.Client(base_url=site.url, headers=old) as client:
        assert client.get("/api/ping").status_code == 200
        code = site.world.json("ui")["url"].partition("#code=")[2]
        site.world.run("daemon", "token", "rotate")
        assert client.get("/api/ping").status_code == 401
        assert client.post("/api/session", json={"code": code}).status_code == 403
    assert site.ask("GET", "/api/ping").status_code == 200


def test_pipelined_and_parallel_requests_are_all_answered(site: Site) -> None:
    one = site.head("GET", "/api/ping", close=False)
    answer = site.raw(one * 5 + site.head("GET", "/api/ping"))
    assert answer.count(b"HTTP/1.1 200") == 6
    seen: list[int] = []

    def ask() -> None:
        seen.append(site.ask("GET", "/api/profiles").status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 20
