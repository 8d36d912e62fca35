from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator

import pytest
from tests.component.wire.sp_harness import Eventually, Serve

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.endpoint import Endpoint
from ringlet.wire.sp import Peer, PubServer, RepServer, ReqClient, SubClient, peer

SILENT_SERVER = """
import asyncio, socket, sys
from ringlet.wire.sp import RepServer

async def never(body, peer):
    print("asked", flush=True)
    await asyncio.Future()

async def main():
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(sys.argv[1])
    server = RepServer(never, oversize=lambda limit: b"")
    await server.serve_unix(sock)
    print("ready", flush=True)
    await asyncio.Future()

asyncio.run(main())
"""


def reverse_server() -> RepServer:
    """Answers in the reverse order of the requests once three have come."""
    waiting: list[asyncio.Future[None]] = []

    async def handle(body: bytes, peer: Peer) -> bytes:
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        if len(waiting) == 3:
            waiting.pop().set_result(None)
        await turn
        if waiting:
            waiting.pop().set_result(None)
        return body

    return RepServer(handle, oversize=lambda limit: b"")


async def test_replies_find_their_requests_in_any_order(serve: Serve) -> None:
    endpoint = await serve(reverse_server())
    async with await ReqClient.connect_unix(endpoint.address) as client:
        replies = await asyncio.gather(*(client.request(body, 5) for body in (b"1", b"2", b"3")))
    assert replies == [b"1", b"2", b"3"]


async def test_a_reply_after_the_timeout_is_ignored(serve: Serve) -> None:
    async def handle(body: bytes, peer: Peer) -> bytes:
        await late.wait()
        return body

    late = asyncio.Event()
    endpoint = await serve(RepServer(handle, oversize=lambda limit: b""))
    async with await ReqClient.connect_unix(endpoint.address) as client:
        with pytest.raises(TimeoutError):
            await client.request(b"first", 0.01)
        late.set()
        assert await client.request(b"second", 5) == b"second"


@pytest.fixture
async def silent_server(endpoint_path: str) -> AsyncIterator[Process]:
    """A server process that says "asked" for each request and never answers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SILENT_SERVER, endpoint_path, stdout=asyncio.subprocess.PIPE
    )
    assert await said(process) == b"ready\n"
    yield process
    if process.returncode is None:
        process.kill()
    await process.wait()


async def said(process: Process) -> bytes:
    assert process.stdout is not None
    return await asyncio.wait_for(process.stdout.readline(), 10)


async def test_pending_requests_fail_at_once_when_the_server_process_is_killed(
    silent_server: Process, endpoint_path: str
) -> None:
    client = await ReqClient.connect_unix(endpoint_path)
    pending = [asyncio.create_task(client.request(b"create", None)) for _ in range(3)]
    for _ in pending:
        assert await said(silent_server) == b"asked\n"
    silent_server.kill()
    killed = time.monotonic()
    for request in pending:
        with pytest.raises(ConnectionError, match="not sent again"):
            await request
    assert time.monotonic() - killed < 1
    with pytest.raises(ConnectionError, match="before this request"):
        await client.request(b"again", None)


async def test_a_server_of_another_user_is_refused(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await serve(reverse_server())
    monkeypatch.setattr(peer, "credentials", lambda sock: (os.getuid() + 1, 1))
    with pytest.raises(RingletError, match=f"user {os.getuid() + 1}") as caught:
        await ReqClient.connect_unix(endpoint.address)
    assert caught.value.code is ErrorCode.FORBIDDEN


async def test_connecting_to_the_wrong_kind_of_server_fails(serve: Serve, transport: str) -> None:
    endpoint = await serve(PubServer(), transport)
    with pytest.raises(ConnectionError, match="closed the connection"):
        await connect(endpoint)


async def test_connecting_where_nobody_listens_fails(endpoint_path: str) -> None:
    with pytest.raises(FileNotFoundError):
        await SubClient.connect_unix(endpoint_path)


async def test_an_iteration_ends_when_the_client_is_closed(serve: Serve) -> None:
    client = await SubClient.connect_unix((await serve(PubServer())).address)

    async def collect() -> list[bytes]:
        return [message async for message in client]

    iteration = asyncio.create_task(collect())
    await asyncio.sleep(0)
    await client.close()
    assert await asyncio.wait_for(iteration, 5) == []


async def test_a_subscriber_that_pauses_loses_nothing(serve: Serve, eventually: Eventually) -> None:
    server = PubServer()
    async with await SubClient.connect_unix((await serve(server)).address) as client:
        client.subscribe(b"")
        await eventually(lambda: server.subscribers)
        expected = [b"%05d" % number for number in range(5000)]
        for message in expected:
            server.publish(message)
        assert [await anext(client) for _ in expected] == expected


async def connect(endpoint: Endpoint) -> ReqClient:
    if endpoint.transport == "unix":
        return await ReqClient.connect_unix(endpoint.address)
    return await ReqClient.connect_tcp(endpoint.address, endpoint.port)
