"""The reference implementations as peers of our servers, and of our clients."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import pytest
from tests.component.wire.sp_harness import Eventually, Serve

from ringlet.wire.sp import Peer, PubServer, RepServer, ReqClient, SubClient

MILLISECONDS = 5000


async def greet(body: bytes, peer: Peer) -> bytes:
    return b"hello " + body


def oversize(limit: int) -> bytes:
    return b"more than %d" % limit


async def test_nngcat_gets_a_reply(serve: Serve, nngcat: str, transport: str) -> None:
    endpoint = await serve(RepServer(greet, oversize=oversize), transport)
    process = await asyncio.create_subprocess_exec(
        *(nngcat, "--req", "--dial", endpoint.url, "-D", "you", "--quoted"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 10)
    assert output == b'"hello you"\n'
    assert process.returncode == 0


async def test_nngcat_receives_the_topic_it_subscribed_to(
    serve: Serve, nngcat: str, transport: str, eventually: Eventually
) -> None:
    server = PubServer()
    endpoint = await serve(server, transport)
    process = await asyncio.create_subprocess_exec(
        *(nngcat, "--sub", "--subscribe", "Profile", "--dial", endpoint.url, "--quoted"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        await eventually(lambda: server.subscribers)
        server.publish(b"RunStarted {}")
        server.publish(b"ProfileCreated {}")
        line = await asyncio.wait_for(process.stdout.readline(), 5)
    finally:
        process.terminate()
        await process.wait()
    assert line == b'"ProfileCreated {}"\n'


async def test_twenty_pynng_contexts_are_served_at_the_same_time(
    serve: Serve, pynng: Any, transport: str
) -> None:
    together = asyncio.Barrier(20)

    async def meet(body: bytes, peer: Peer) -> bytes:
        await together.wait()
        return body

    def ask_all(url: str) -> list[bytes]:
        with pynng.Req0(dial=url, recv_timeout=MILLISECONDS) as req:
            contexts = [req.new_context() for _ in range(20)]
            for number, context in enumerate(contexts):
                context.send(b"%d" % number)
            replies = [context.recv() for context in contexts]
            for context in contexts:
                context.close()
            return replies

    endpoint = await serve(RepServer(meet, oversize=oversize), transport)
    replies = await asyncio.to_thread(ask_all, endpoint.url)
    assert replies == [b"%d" % number for number in range(20)]


async def test_pynng_sends_and_receives_eight_mebibytes(
    serve: Serve, pynng: Any, transport: str
) -> None:
    async def echo(body: bytes, peer: Peer) -> bytes:
        return body

    endpoint = await serve(RepServer(echo, oversize=oversize), transport)
    body = os.urandom(1 << 20) * 8
    assert await asyncio.to_thread(ask, pynng, endpoint.url, body) == [body]


async def test_pynng_gets_an_error_for_an_oversize_request_and_can_go_on(
    serve: Serve, pynng: Any, transport: str
) -> None:
    endpoint = await serve(RepServer(greet, oversize=oversize, max_body=1000), transport)
    replies = await asyncio.to_thread(ask, pynng, endpoint.url, bytes(4 << 20), b"you")
    assert replies == [b"more than 1000", b"hello you"]


async def test_pynng_receives_the_topic_it_subscribed_to(
    serve: Serve, pynng: Any, transport: str, eventually: Eventually
) -> None:
    # The library connects before it subscribes, and drops what comes in between.
    subscribed = threading.Event()

    def receive(url: str) -> bytes:
        with pynng.Sub0(dial=url, topics=b"Profile", recv_timeout=MILLISECONDS) as sub:
            subscribed.set()
            return bytes(sub.recv())

    server = PubServer()
    endpoint = await serve(server, transport)
    receiving = asyncio.create_task(asyncio.to_thread(receive, endpoint.url))
    await eventually(lambda: server.subscribers and subscribed.is_set())
    server.publish(b"RunStarted {}")
    server.publish(b"ProfileCreated {}")
    assert await receiving == b"ProfileCreated {}"


async def test_a_pynng_peer_of_the_wrong_protocol_is_turned_away(
    serve: Serve, pynng: Any, eventually: Eventually
) -> None:
    def subscribe(url: str) -> None:
        with pytest.raises(pynng.NNGException):
            pynng.Sub0(dial=url, topics=b"")

    server = RepServer(greet, oversize=oversize)
    endpoint = await serve(server)
    await asyncio.to_thread(subscribe, endpoint.url)
    await eventually(lambda: server.connections == 0)


async def test_our_clients_talk_to_pynng_servers(
    pynng: Any, endpoint_path: str, eventually: Eventually
) -> None:
    with (
        pynng.Rep0(listen=f"ipc://{endpoint_path}", recv_timeout=MILLISECONDS) as rep,
        pynng.Pub0(listen=f"ipc://{endpoint_path}.pub") as pub,
    ):
        async with await ReqClient.connect_unix(endpoint_path) as client:
            request = asyncio.create_task(client.request(b"question", 5))
            assert await asyncio.to_thread(rep.recv) == b"question"
            rep.send(b"answer")
            assert await request == b"answer"
        async with await SubClient.connect_unix(f"{endpoint_path}.pub") as subscriber:
            subscriber.subscribe(b"Run")
            await eventually(lambda: pub.pipes)
            pub.send(b"Profile")
            pub.send(b"RunStarted")
            assert await asyncio.wait_for(anext(subscriber), 5) == b"RunStarted"


def ask(pynng: Any, url: str, *bodies: bytes) -> list[bytes]:
    with pynng.Req0(dial=url, recv_timeout=MILLISECONDS) as req:
        replies = []
        for body in bodies:
            req.send(body)
            replies.append(bytes(req.recv()))
        return replies
