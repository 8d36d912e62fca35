"""A forwarded command in progress, and the client it talks to.

The command runs as one task. When it asks its client for something, the open request is
answered with that question and the task waits for the `relay_resume` that brings the answer.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from ringlet.commands.caller import Caller
from ringlet.daemon.deadline import COMMAND_SECONDS, Clock, too_late
from ringlet.wire import relay
from ringlet.wire.encoding import encode
from ringlet.wire.replies.runs import ExecutionContext
from ringlet.wire.sp import Peer


class RemoteCaller(Caller):
    """The caller of a forwarded command."""

    def __init__(self, invocation: relay.Invocation, conversation: Conversation) -> None:
        super().__init__(invocation)
        self._conversation = conversation

    @property
    def client(self) -> tuple[int, int] | None:
        peer = self._conversation.peer
        return None if peer.pid is None else (peer.pid, peer.id)

    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        return await self._conversation.ask(action, detail)

    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        return await self._conversation.carry_out(plan)

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        with self._conversation.clock.held():
            yield


class Conversation:
    """One command with its questions and answers, bound to one connection.

    It is cancelled when the connection ends, and leaves nothing with it when it ends before. It
    may take so many `seconds` from one question to the next.
    """

    def __init__(
        self,
        invocation: relay.Invocation,
        peer: Peer,
        command: Callable[[RemoteCaller], Coroutine[Any, Any, int]],
        *,
        seconds: float = COMMAND_SECONDS,
    ) -> None:
        self.id = os.urandom(16).hex()
        self.peer = peer
        self.caller = RemoteCaller(invocation, self)
        self._answer: asyncio.Future[dict[str, Any]] | None = None
        self._reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.clock = Clock(seconds, self._expire)
        self._task = asyncio.create_task(command(self.caller))
        forget = peer.on_close(self._task.cancel)
        self._task.add_done_callback(self._ended)
        self.when_finished(forget)

    @property
    def finished(self) -> bool:
        """Whether the command has ended."""
        return self._task.done()

    def when_finished(self, tell: Callable[[], object]) -> None:
        """Have the loop call `tell` once the command has ended."""
        self._task.add_done_callback(lambda _: tell())

    async def next_reply(self) -> bytes:
        """Wait until the command ends or asks something."""
        reply = await asyncio.shield(self._reply)
        if not self.finished:
            self._reply = asyncio.get_running_loop().create_future()
        return reply

    async def resume(self, result: dict[str, Any]) -> bytes:
        """Hand over the answer to the last question and wait for what comes next."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(result)
        return await self.next_reply()

    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        """Put a question to the client; called by the command's task."""
        out, err = self.caller.take_output()
        step = relay.Unfinished(self.id, action, detail, out, err)
        return await self._put(encode(step))

    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        """Have the client run a plan; called by the command's task."""
        return await self._put(relay.run_plan(self.id, plan, *self.caller.take_output()))

    async def _put(self, reply: bytes) -> dict[str, Any]:
        self._answer = asyncio.get_running_loop().create_future()
        self._reply.set_result(reply)
        with self.clock.held():
            return await self._answer

    def _expire(self, seconds: float) -> None:
        """Answer although the command may hang where it cannot be stopped."""
        if self._reply.done():
            return
        error = too_late("command", seconds)
        out, err = self.caller.take_output()
        err += f"Error: {error.message} [{int(error.code)}]\nHint: {error.hint}\n"
        self._reply.set_result(relay.finished(error.exit_status, out, err))
        self._task.cancel()

    def _ended(self, task: asyncio.Task[int]) -> None:
        self.clock.stop()
        out, err = self.caller.take_output()
        status = 1 if task.cancelled() or task.exception() else task.result()
        if not self._reply.done():
            self._reply.set_result(relay.finished(status, out, err))
