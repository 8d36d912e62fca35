"""A forwarded command, its questions, and what is left of it."""

from __future__ import annotations

import asyncio
import gc
import weakref

from ringlet.daemon.conversation import Conversation, RemoteCaller
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
