"""Answer the client that started us before the event loop is even loaded.

asyncio takes longer to import than everything that a listing needs. A command that needs no
loop is answered from the queue of the listening socket; every other connection is handed over
as it is, since its bytes are only looked at, not taken.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any, Final

from ringlet.commands.caller import Caller
from ringlet.commands.execute import execute
from ringlet.wire import relay
from ringlet.wire.sp.credentials import credentials
from ringlet.wire.sp.frames import IPC_LEAD, Role, frame, greeting
from ringlet.wire.sp.waiting import LARGEST, peek

if TYPE_CHECKING:
    from ringlet.engine.services import Services
    from ringlet.wire.replies.runs import ExecutionContext

_WITHOUT_LOOP: Final = (["profiles", "list"], ["providers", "list"], ["aliases", "list"])
_AT_ONCE: Final = 1 << 16  # what a socket takes though nobody reads yet; the loop waits for readers
_PATIENCE: Final = 0.05  # seconds for a client that has connected to say what it wants


class _Listener(Caller):
    """A caller that is only told things."""

    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("a listing asks nothing")

    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        raise AssertionError("a listing runs nothing")


def answer_first(listener: socket.socket, services: Services) -> list[socket.socket]:
    """Answer the first client in the queue if that can be done now; returns who is still open.

    While agents run it takes a look at who asks, which is left to the loop.
    """
    listener.setblocking(False)
    try:
        connection, _ = listener.accept()
    except OSError:
        return []
    connection.settimeout(_PATIENCE)
    try:
        uid, _ = credentials(connection)
        seen = peek(connection) if uid in (os.getuid(), 0) else None
        reply = _reply(*seen, services) if seen and not services.may_have_runs else None
        if reply is None or len(reply) > _AT_ONCE:
            return [connection]
        connection.recv(LARGEST)
        connection.sendall(greeting(Role.REP) + reply)
    except OSError:
        pass  # it went away, or is slow: a new connection will be served
    connection.close()
    return []


def _reply(header: bytes, body: bytes, services: Services) -> bytes | None:
    """The framed reply to a request for one of our listings, else None."""
    if not body.startswith(relay.MAGIC):
        return None
    try:
        invocation = relay.parse_invocation(body)
    except (ValueError, IndexError):
        return None
    if [word for word in invocation.argv if word != "--json"] not in _WITHOUT_LOOP:
        return None
    return frame(IPC_LEAD, header, _run(invocation, services))


def _run(invocation: relay.Invocation, services: Services) -> bytes:
    caller = _Listener(invocation)
    command = execute(caller, services=services)
    try:
        command.send(None)  # a coroutine that awaits nothing real ends at once
    except StopIteration as end:
        out, err = caller.take_output()
        return relay.finished(end.value, out, err)
    raise AssertionError(f"{invocation.argv} needs an event loop")
