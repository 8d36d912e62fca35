from __future__ import annotations

import asyncio
from asyncio import selector_events
from typing import Any

import pytest
from tests.component.wire.sp_harness import Dial, Eventually, Serve, both_ways

from ringlet.wire.sp import PubServer, SubClient
from ringlet.wire.sp.frames import IPC_LEAD, Role, frame, greeting


async def test_subscribers_receive_what_begins_with_their_prefixes_in_order(
    serve: Serve, eventually: Eventually
) -> None:
    server = PubServer()
    unix, tcp = await serve(server), await serve(server, "tcp")
    async with (
        await SubClient.connect_unix(unix.address) as some,
        await SubClient.connect_tcp(tcp.address, tcp.port) as everything,
    ):
        some.subscribe(b"Run")
        some.subscribe(b"Proxy")
        some.unsubscribe(b"Proxy")
        everything.subscribe(b"")
        await eventually(lambda: len(server.subscribers) == 2)
        for message in (b"Proxy 1", b"Run 2", b"Profile 3", b"Run 4"):
            server.publish(message)
        assert [await anext(some) for _ in range(2)] == [b"Run 2", b"Run 4"]
        assert [await anext(everything) for _ in range(4)] == [
            b"Proxy 1",
            b"Run 2",
            b"Profile 3",
            b"Run 4",
        ]


async def test_what_is_published_at_once_is_one_write_per_subscriber(
    serve: Serve, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = PubServer()
    endpoint = await serve(server)
    async with (
        await SubClient.connect_unix(endpoint.address) as first,
        await SubClient.connect_unix(endpoint.address),
    ):
        first.subscribe(b"")
        await eventually(lambda: len(server.subscribers) == 2)
        writes: list[bytes] = []
        write = selector_events._SelectorSocketTransport.write  # type: ignore[attr-defined]  # private

        def spy(transport: Any, data: bytes) -> None:
            writes.append(data)
            write(transport, data)

        monkeypatch.setattr(selector_events._SelectorSocketTransport, "write", spy)  # type: ignore[attr-defined]  # private
        for number in range(300):
            server.publish(b"%d" % number)
        assert [await anext(first) for _ in range(300)] == [b"%d" % n for n in range(300)]
    assert len(writes) == 2


async def test_a_slow_subscriber_is_cut_off_while_others_go_on(
    serve: Serve, dial: Dial, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    server = PubServer(max_backlog=1 << 20)
    endpoint = await serve(server)
    reader, writer = await dial(endpoint)
    both_ways(writer).pause_reading()
    writer.write(greeting(Role.SUB))
    async with await SubClient.connect_unix(endpoint.address) as quick:
        quick.subscribe(b"")
        await eventually(lambda: len(server.subscribers) == 2)
        sent = 0
        while server.connections == 2 and sent < 200:
            message = b"%d " % sent + bytes(64 << 10)
            server.publish(message)
            assert await anext(quick) == message
            sent += 1
        assert 16 <= sent < 60
        server.publish(b"after")
        assert await anext(quick) == b"after"
    assert "cut off" in caplog.text
    assert reader.at_eof() is False


async def test_a_burst_beyond_the_limit_reaches_a_subscriber_that_keeps_up(
    serve: Serve, eventually: Eventually
) -> None:
    server = PubServer(max_backlog=1000)
    async with await SubClient.connect_unix((await serve(server)).address) as client:
        client.subscribe(b"")
        await eventually(lambda: server.subscribers)
        message = bytes(4 << 20)
        server.publish(message)
        assert await anext(client) == message


async def test_a_subscriber_that_sends_a_message_is_dropped(serve: Serve, dial: Dial) -> None:
    reader, writer = await dial(await serve(PubServer()))
    writer.write(greeting(Role.SUB) + frame(IPC_LEAD, b"hello"))
    assert await reader.read() in (greeting(Role.PUB), b"")


async def test_closing_delivers_what_was_published(serve: Serve, eventually: Eventually) -> None:
    server = PubServer()
    client = await SubClient.connect_unix((await serve(server)).address)
    client.subscribe(b"")
    await eventually(lambda: server.subscribers)
    server.publish(b"last")
    await asyncio.wait_for(server.close(5), 5)
    assert await anext(client) == b"last"
    with pytest.raises(ConnectionError, match="ended the subscription"):
        await anext(client)


async def test_closing_does_not_wait_for_ever_for_a_subscriber_that_reads_nothing(
    serve: Serve, dial: Dial, eventually: Eventually
) -> None:
    server = PubServer()
    _, writer = await dial(await serve(server))
    both_ways(writer).pause_reading()
    writer.write(greeting(Role.SUB))
    await eventually(lambda: server.subscribers)
    server.publish(bytes(8 << 20))
    await asyncio.wait_for(server.close(0.05), 5)
    assert server.connections == 0
