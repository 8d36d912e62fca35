"""Who asks over HTTP, as far as that is looked up at all."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ringlet.domain.rights import USER
from ringlet.engine.origins import Origins
from ringlet.engine.records import ActiveRun
from ringlet.runtime import loopback
from ringlet.runtime.loopback import Address
from ringlet.runtime.process import start_time

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def run_of(pid: int) -> ActiveRun:
    began = start_time(pid) or 0.0
    me = os.getpid()
    return ActiveRun(
        *(uuid4().hex, "two", "fake", "loop", "model-a", "/", datetime.now(UTC)),
        client_pid=me,
        client_start=start_time(me) or 0.0,
        pid=pid,
        pid_start=began,
        adopts=False,
    )


class Connection:
    """One that was made from this process to itself."""

    def __init__(self, stack: ExitStack, listener: socket.socket) -> None:
        ours = stack.enter_context(socket.create_connection(listener.getsockname()))
        stack.enter_context(listener.accept()[0])
        self.ends: tuple[Address, Address] = (ours.getsockname(), ours.getpeername())


def test_many_who_connect_at_once_are_looked_for_one_after_the_other(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search takes the interpreter; what is known already waits for none."""
    agent = stack.enter_context(subprocess.Popen(["sleep", "60"]))
    stack.callback(agent.kill)
    active = [run_of(agent.pid)]
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    connections = [Connection(stack, listener) for _ in range(8)]
    running, most, searches = 0, 0, 0
    search = loopback.holders

    def counted(inode: int, pids: Iterable[int]) -> tuple[list[int], list[int]]:
        nonlocal running, most, searches
        running, searches = running + 1, searches + 1
        most = max(most, running)
        try:
            return search(inode, pids)
        finally:
            running -= 1

    monkeypatch.setattr(loopback, "holders", counted)
    origins = Origins(active=lambda: active, rights=lambda alias: "self")

    async def ask_all() -> None:
        asked = [origins.of_loopback(each, *each.ends) for each in connections]
        assert await asyncio.gather(*asked) == [USER] * 8

    async def ask_twice() -> None:
        await ask_all()
        await ask_all()

    asyncio.run(ask_twice())
    assert (most, searches) == (1, 8)
