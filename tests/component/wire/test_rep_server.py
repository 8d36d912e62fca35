from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from tests.component.wire.sp_harness import Dial, Eventually, Serve, both_ways

from ringlet.wire.sp import Peer, RepServer, ReqClient, connection, peer
from ringlet.wire.sp.frames import IPC_LEAD, TCP_LEAD, Role, frame, greeting

HELLO = greeting(Role.REQ)
ID = b"\x80\0\0\7"


def rep(handle: Callable[[bytes, Peer], Coroutine[Any, Any, bytes]], **options: Any) -> RepServer:
    return RepServer(handle, oversize=lambda limit: b"over %d" % limit, **options)


async def echo(body: bytes, peer: Peer) -> bytes:
    return body


async def test_every_request_word_comes_back_with_the_reply(
    serve: Serve, dial: Dial, transport: str
) -> None:
    lead = IPC_LEAD if transport == "unix" else TCP_LEAD
    reader, writer = await dial(await serve(rep(echo), transport))
    header = b"\0\0\0\1\0\0\0\2" + ID
    writer.write(HELLO + frame(lead, header, b"body"))
    expected = greeting(Role.REP) + frame(lead, header, b"body")
    assert await reader.readexactly(len(expected)) == expected


async def test_a_request_may_come_byte_by_byte(serve: Serve, dial: Dial) -> None:
    reader, writer = await dial(await serve(rep(echo)))
    for byte in HELLO + frame(IPC_LEAD, ID, b"slow"):
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    expected = greeting(Role.REP) + frame(IPC_LEAD, ID, b"slow")
    assert await reader.readexactly(len(expected)) == expected


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", id="http"),
        pytest.param(greeting(Role.SUB), id="wrong-protocol"),
        pytest.param(HELLO + b"\x02", id="unknown-frame-type"),
        pytest.param(HELLO + IPC_LEAD + (1 << 40).to_bytes(8, "big"), id="one-tebibyte"),
        pytest.param(HELLO + frame(IPC_LEAD, b"no request id"), id="no-request-id"),
        pytest.param(HELLO + frame(IPC_LEAD), id="empty-frame"),
    ],
)
async def test_a_peer_that_breaks_the_protocol_is_dropped_alone(
    serve: Serve, dial: Dial, nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ringlet.wire")
    endpoint = await serve(rep(echo))
    async with await ReqClient.connect_unix(endpoint.address) as good:
        reader, writer = await dial(endpoint)
        writer.write(nonsense)
        assert await reader.read() in (greeting(Role.REP), b"")
        assert await good.request(b"still here", 5) == b"still here"
    assert [r.levelname for r in caplog.records if "dropped" in r.message] == ["DEBUG"]


async def test_a_peer_that_does_not_greet_is_dropped(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "GREETING_SECONDS", 0.01)
    reader, _ = await dial(await serve(rep(echo)))
    assert await reader.read() == b""


async def test_a_closing_server_greets_nobody_whose_request_it_leaves_unread(
    serve: Serve, dial: Dial
) -> None:
    release = asyncio.Event()

    async def wait(body: bytes, peer: Peer) -> bytes:
        await release.wait()
        return body

    server = rep(wait)
    endpoint = await serve(server)
    busy, busy_writer = await dial(endpoint)
    busy_writer.write(HELLO + frame(IPC_LEAD, ID, b"first"))
    await busy.readexactly(len(HELLO))
    late, late_writer = await dial(endpoint)
    closing = asyncio.create_task(server.close(5))
    await asyncio.sleep(0)
    late_writer.write(HELLO + frame(IPC_LEAD, ID, b"second"))
    with suppress(ConnectionResetError):
        assert await late.read(len(HELLO)) == b""
    release.set()
    assert await busy.read() == frame(IPC_LEAD, ID, b"first")
    await closing


async def test_an_oversize_request_is_answered_before_its_body_came_and_then_skipped(
    serve: Serve, dial: Dial
) -> None:
    reader, writer = await dial(await serve(rep(echo, max_body=100)))
    request = frame(IPC_LEAD, ID, bytes(5000))
    writer.write(HELLO + request[:100])
    expected = greeting(Role.REP) + frame(IPC_LEAD, ID, b"over 100")
    assert await reader.readexactly(len(expected)) == expected
    writer.write(request[100:] + frame(IPC_LEAD, ID, b"next"))
    expected = frame(IPC_LEAD, ID, b"next")
    assert await reader.readexactly(len(expected)) == expected


async def test_the_limit_is_exact(serve: Serve) -> None:
    endpoint = await serve(rep(echo, max_body=100))
    async with await ReqClient.connect_unix(endpoint.address) as client:
        assert await client.request(bytes(100), 5) == bytes(100)
        assert await client.request(bytes(101), 5) == b"over 100"


async def test_a_body_of_eight_mebibytes_passes(serve: Serve, transport: str) -> None:
    endpoint = await serve(rep(echo), transport)
    body = os.urandom(1 << 20) * 8
    if transport == "unix":
        client = await ReqClient.connect_unix(endpoint.address)
    else:
        client = await ReqClient.connect_tcp(endpoint.address, endpoint.port)
    async with client:
        assert await client.request(body, 10) == body


async def test_the_handler_learns_who_asks(serve: Serve) -> None:
    peers: list[Peer] = []

    async def note(body: bytes, peer: Peer) -> bytes:
        peers.append(peer)
        return b""

    server = rep(note)
    unix, tcp = await serve(server), await serve(server, "tcp")
    async with await ReqClient.connect_unix(unix.address) as client:
        await client.request(b"", 5)
        await client.request(b"", 5)
    async with await ReqClient.connect_tcp(tcp.address, tcp.port) as client:
        await client.request(b"", 5)
    first, second, third = peers
    assert first is second
    assert (first.transport, first.uid, first.pid) == ("unix", os.getuid(), os.getpid())
    assert (third.transport, third.uid, third.pid) == ("tcp", None, None)
    assert third.id != first.id


async def test_other_users_are_dropped_when_they_connect(
    serve: Serve, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "credentials", lambda sock: (os.getuid() + 1, 1))
    server = rep(echo)
    endpoint = await serve(server)
    reader, _ = await dial(endpoint)
    assert await reader.read() in (greeting(Role.REP), b"")
    assert server.connections == 0


async def test_a_client_that_vanishes_takes_its_requests_with_it(
    serve: Serve, eventually: Eventually
) -> None:
    events: list[str] = []

    async def hang(body: bytes, peer: Peer) -> bytes:
        peer.on_close(lambda: events.append("closed"))
        forget = peer.on_close(lambda: events.append("forgotten"))
        forget()
        events.append("running")
        try:
            return await asyncio.Future[bytes]()
        except asyncio.CancelledError:
            events.append("cancelled")
            raise

    server = rep(hang)
    client = await ReqClient.connect_unix((await serve(server)).address)
    request = asyncio.create_task(client.request(b"", 5))
    await eventually(lambda: events == ["running"])
    await client.close()
    with pytest.raises(ConnectionError):
        await request
    await eventually(lambda: server.connections == 0 and len(events) == 3)
    assert sorted(events) == ["cancelled", "closed", "running"]


async def test_a_late_registration_is_called_back_as_well() -> None:
    gone = Peer(1, "tcp")
    gone.mark_closed()
    called = asyncio.Event()
    gone.on_close(called.set)
    await asyncio.wait_for(called.wait(), 5)


async def test_a_connection_runs_no_more_requests_at_once_than_allowed(serve: Serve) -> None:
    running, peak = 0, 0
    release = asyncio.Event()

    async def count(body: bytes, peer: Peer) -> bytes:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        if running == 3:
            release.set()
        await release.wait()
        running -= 1
        return body

    endpoint = await serve(rep(count, max_in_flight=3))
    async with await ReqClient.connect_unix(endpoint.address) as client:
        bodies = [b"%d" % number for number in range(50)]
        assert await asyncio.gather(*(client.request(body, 5) for body in bodies)) == bodies
    assert peak == 3


async def test_a_client_that_fetches_no_replies_gets_no_further_requests_served(
    serve: Serve, dial: Dial
) -> None:
    served = 0
    reply = bytes(1 << 20)

    async def serve_much(body: bytes, peer: Peer) -> bytes:
        nonlocal served
        served += body == b"much"
        return reply if body == b"much" else body

    endpoint = await serve(rep(serve_much, max_in_flight=2))
    reader, writer = await dial(endpoint)
    both_ways(writer).pause_reading()
    writer.write(HELLO + frame(IPC_LEAD, ID, b"much") * 20)
    async with await ReqClient.connect_unix(endpoint.address) as other:
        for _ in range(50):
            assert await other.request(b"ping", 5) == b"ping"
    assert 0 < served <= 4
    both_ways(writer).resume_reading()
    await reader.readexactly(8 + 20 * len(frame(IPC_LEAD, ID, reply)))
    assert served == 20


async def test_a_handler_that_raises_is_logged_and_costs_the_connection(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(body: bytes, peer: Peer) -> bytes:
        raise KeyError("a defect")

    client = await ReqClient.connect_unix((await serve(rep(fail))).address)
    with pytest.raises(ConnectionError, match="not sent again"):
        await client.request(b"", 5)
    assert "The handler failed" in caplog.text


async def test_activity_is_told_at_connection_request_and_disconnection(
    serve: Serve, eventually: Eventually
) -> None:
    counts: list[int] = []
    server: RepServer = rep(echo, on_activity=lambda: counts.append(server.connections))
    async with await ReqClient.connect_unix((await serve(server)).address) as client:
        await client.request(b"", 5)
        assert counts == [1, 1]
    await eventually(lambda: counts == [1, 1, 0])


async def test_closing_lets_requests_finish_and_accepts_no_more(serve: Serve) -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def wait(body: bytes, peer: Peer) -> bytes:
        started.set()
        await finish.wait()
        return b"finished"

    server = rep(wait)
    endpoint = await serve(server)
    client = await ReqClient.connect_unix(endpoint.address)
    request = asyncio.create_task(client.request(b"", 5))
    await started.wait()
    closing = asyncio.create_task(server.close(5))
    await asyncio.sleep(0)
    with pytest.raises(ConnectionRefusedError):
        await ReqClient.connect_unix(endpoint.address)
    finish.set()
    assert await request == b"finished"
    await asyncio.wait_for(closing, 5)
    assert server.connections == 0


async def test_closing_leaves_the_socket_file_to_whoever_made_it(
    serve: Serve,
) -> None:
    server = rep(echo)
    endpoint = await serve(server)
    before = os.lstat(endpoint.address)
    await server.close(0)
    assert os.lstat(endpoint.address) == before


async def test_closing_cancels_requests_after_the_grace(serve: Serve) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(body: bytes, peer: Peer) -> bytes:
        started.set()
        try:
            return await asyncio.Future[bytes]()
        finally:
            cancelled.set()

    server = rep(hang)
    client = await ReqClient.connect_unix((await serve(server)).address)
    request = asyncio.create_task(client.request(b"", 5))
    await started.wait()
    await asyncio.wait_for(server.close(0.01), 5)
    assert cancelled.is_set()
    with pytest.raises(ConnectionError):
        await request
