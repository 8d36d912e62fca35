from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.component.demo.demo_bench import Bench, exchange, opened

from ringlet.demo.llm import LoopbackModel
from ringlet.domain.errors import RingletError

HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with opened() as bench:
        yield bench


@pytest.fixture
async def locked() -> AsyncIterator[Bench]:
    async with opened("sk-the-right-one") as bench:
        yield bench


async def talk(bench: Bench, raw: bytes) -> bytes:
    """Send bytes and read until the server closes the connection."""
    url = urlsplit(bench.model.base_url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(raw)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def request(*headers: str, body: bytes = b"", line: str = "POST /v1/messages HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: localhost", *headers, "", ""]).encode() + body


async def test_several_requests_share_a_connection(bench: Bench) -> None:
    body = json.dumps(HELLO).encode()
    first = request(f"Content-Length: {len(body)}", body=body)
    last = request("Connection: close", line="GET / HTTP/1.1")
    answer = await talk(bench, first + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert len(bench.seen) == 2


async def test_a_body_may_come_in_chunks(bench: Bench) -> None:
    body = json.dumps(HELLO).encode()
    chunks = b"".join(b"%x;note\r\n%b\r\n" % (1, body[i : i + 1]) for i in range(len(body)))
    raw = request(
        "Transfer-Encoding: chunked", "Connection: close", body=chunks + b"0\r\nT: x\r\n\r\n"
    )
    assert (await talk(bench, raw)).startswith(b"HTTP/1.1 200 OK")


async def test_a_client_that_asks_first_is_told_to_go_on(bench: Bench) -> None:
    body = json.dumps(HELLO).encode()
    raw = request(
        f"Content-Length: {len(body)}", "Expect: 100-continue", "Connection: close", body=body
    )
    assert (await talk(bench, raw)).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request("Content-Length: 99999999"), 413),
        (request("Transfer-Encoding: chunked", body=b"fffffff\r\n"), 413),
        (request("Transfer-Encoding: chunked", body=b"-1\r\n"), 400),
        (request("Transfer-Encoding: chunked", body=b"1\r\nabc\r\n"), 400),
        (request("Transfer-Encoding: chunked", "Content-Length: 3", body=b"abc"), 400),
        (request("Transfer-Encoding: gzip", body=b"abc"), 400),
        (request("Content-Length: +3", body=b"abc"), 400),
        (request("Content-Length: 3", "Content-Length: 3", body=b"abc"), 400),
        (request("Bad Header: 1"), 400),
        (request(line="GET / SPDY/1"), 400),
        (request("X: " + "x" * 70_000), 431),
    ],
)
async def test_a_request_that_cannot_be_read_is_refused_and_ends_the_connection(
    bench: Bench, raw: bytes, status: int
) -> None:
    assert (await talk(bench, raw)).startswith(b"HTTP/1.1 %d " % status)
    assert bench.seen == []


@pytest.mark.parametrize(
    "host", ["evil.example", "10.0.0.1:80", "localhost.evil.example", "[::", ""]
)
async def test_other_hosts_are_misdirected(bench: Bench, host: str) -> None:
    got = await bench.request("GET", "/", headers={"Host": host})
    assert got.status == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "127.9.9.9", "[::1]:80"])
async def test_loopback_hosts_are_served(bench: Bench, host: str) -> None:
    assert (await bench.request("GET", "/", headers={"Host": host})).status == 200


async def test_head_gets_the_headers_alone(bench: Bench) -> None:
    got = await bench.request("HEAD", "/v1/models")
    assert (got.status, got.body) == (200, b"")
    assert int(got.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("POST", "/nowhere", {}, 404),
        ("GET", "/v1/responses", None, 405),
        ("POST", "/v1/messages", b"{", 400),
        ("POST", "/v1/messages", b"[" * 100_000, 400),
        ("POST", "/v1/messages", [], 400),
        ("POST", "/v1/messages", {"messages": []}, 400),
    ],
)
async def test_what_makes_no_sense_gets_an_error_and_is_recorded(
    bench: Bench, method: str, path: str, body: object, status: int
) -> None:
    got = await bench.request(method, path, body)
    assert got.status == status == bench.seen[0].status
    assert got.document["error"]["message"]


async def test_a_wrong_key_gets_a_401_in_the_shape_of_the_api(locked: Bench) -> None:
    messages = await locked.post("/v1/messages", HELLO, x_api_key="sk-wrong")
    chat = await locked.post("/v1/chat/completions", HELLO)
    assert (messages.status, chat.status) == (401, 401)
    assert messages.document["error"]["type"] == "authentication_error"
    assert chat.document["error"]["code"] == "invalid_api_key"
    assert (await locked.request("GET", "/v1/models")).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer sk-the-right-one"},
        {"x-api-key": "sk-the-right-one"},
        {"authorization": "Bearer other", "x-api-key": "sk-the-right-one"},
    ],
)
async def test_the_right_key_is_let_in_by_either_header(
    locked: Bench, headers: dict[str, str]
) -> None:
    assert (await locked.request("POST", "/v1/messages", HELLO, headers)).status == 200


async def test_a_record_shows_who_asked_but_not_the_key(bench: Bench) -> None:
    await bench.post(
        "/v1/messages?beta=true", HELLO, x_api_key="sk-secret-1234", x_session_id="s-1"
    )
    (seen,) = bench.seen
    assert (seen.path, seen.api, seen.model) == ("/v1/messages", "messages", "m")
    assert (seen.auth_header, seen.key_tail, seen.session) == ("x-api-key", "1234", "s-1")
    assert seen.key_sha256 == hashlib.sha256(b"sk-secret-1234").hexdigest()
    assert "sk-secret" not in repr(seen)


async def test_a_record_is_there_before_the_answer_and_closing_ends_the_wait() -> None:
    recorded = asyncio.Event()
    model = LoopbackModel(on_request=lambda _: recorded.set())
    await model.start()
    body = b'{"model": "m", "messages": [{"role": "user", "content": "[[delay: 600]]"}]}'
    raw = request(f"Content-Length: {len(body)}", body=body)
    waiting = asyncio.create_task(talk(Bench(model), raw))
    await asyncio.wait_for(recorded.wait(), 10)
    assert not waiting.done()
    await model.close()
    assert await waiting == b""


async def test_it_listens_on_the_loopback_only() -> None:
    with pytest.raises(RingletError, match=r"does not listen on 0\.0\.0\.0"):
        await LoopbackModel().start(host="0.0.0.0")  # noqa: S104 - this is what is refused


async def test_a_port_in_use_is_reported(bench: Bench) -> None:
    port = urlsplit(bench.model.base_url).port
    assert port is not None
    with pytest.raises(RingletError, match=str(port)):
        await LoopbackModel().start(port=port)


def test_it_runs_on_its_own_and_logs_a_line_per_request(tmp_path: Path) -> None:
    log = tmp_path / "seen.jsonl"
    argv = [sys.executable, "-m", "ringlet.demo.llm", "--port", "0", "--log", str(log)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        got = exchange(base_url, "POST", "/v1/messages", HELLO, {})
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 0
    (line,) = log.read_text().splitlines()
    assert got.status == 200
    assert json.loads(line)["usage"]["input"] == 1
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
