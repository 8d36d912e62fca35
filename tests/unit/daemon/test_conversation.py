"""A forwarded command, its questions, and what is left of it."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from ringlet.daemon.conversation import Conversation, RemoteCaller
from ringlet.daemon.deadline import within
from ringlet.domain.errors import RingletError
from ringlet.engine.undo import to_the_end
from ringlet.wire import relay
from ringlet.wire.sp import Peer

COMMAND = relay.Invocation(["demo"], "/")


async def ask_once(caller: RemoteCaller) -> int:
    answer = await caller.ask("confirm", {})
    return int(answer["status"])


async def ask_for_ever(caller: RemoteCaller) -> int:
    while True:
        await caller.ask("confirm", {})


async def test_a_finished_command_leaves_nothing_with_its_connection() -> None:
    peer = Peer(1, "unix")
    conversation = Conversation(COMMAND, peer, ask_once)
    await conversation.next_reply()
    assert relay.finished(3, "", "") == await conversation.resume({"status": 3})
    left = weakref.ref(conversation)
    del conversation
    gc.collect()
    assert left() is None, peer


async def test_a_command_ends_with_its_connection() -> None:
    peer = Peer(1, "unix")
    conversation = Conversation(COMMAND, peer, ask_for_ever)
    ended = asyncio.Event()
    conversation.when_finished(ended.set)
    await conversation.next_reply()
    peer.mark_closed()
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_command_that_hangs_is_answered_in_the_end() -> None:
    goes_on = asyncio.Event()

    async def hang(caller: RemoteCaller) -> int:
        caller.note("so far so good")
        await to_the_end(goes_on.wait())  # not even cancelling it helps
        return 0

    conversation = Conversation(COMMAND, Peer(1, "unix"), hang, seconds=0.01)
    reply = await asyncio.wait_for(conversation.next_reply(), 10)
    assert reply.startswith(b"1 0\nso far so good\nError: The command took longer than")
    assert b"[1108]" in reply
    ended = asyncio.Event()
    conversation.when_finished(ended.set)
    goes_on.set()
    await asyncio.wait_for(ended.wait(), 10)


async def test_people_and_events_may_be_waited_for_for_ever() -> None:
    async def wait(caller: RemoteCaller) -> int:
        await caller.ask("prompt", {})
        with caller.unhurried():
            await asyncio.sleep(0.1)
        return 5

    conversation = Conversation(COMMAND, Peer(1, "unix"), wait, seconds=0.05)
    await conversation.next_reply()
    await asyncio.sleep(0.1)  # the person thinks
    assert await conversation.resume({}) == relay.finished(5, "", "")


async def test_a_request_that_cannot_be_stopped_is_answered_in_time() -> None:
    goes_on = asyncio.Event()
    with pytest.raises(RingletError, match=r"deadline of 0\.01 s"):
        await asyncio.wait_for(within(0.01, to_the_end(goes_on.wait())), 10)
    goes_on.set()
