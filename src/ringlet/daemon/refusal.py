"""Tell the clients that wait for a daemon why there will be none."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import Final

import msgspec

from ringlet.domain.errors import ErrorCode
from ringlet.store.instance import InstanceError
from ringlet.wire import relay
from ringlet.wire.replies.base import Failure, Reply
from ringlet.wire.sp.frames import IPC_LEAD, Role, frame, greeting
from ringlet.wire.sp.waiting import LARGEST, peek

_PATIENCE: Final = 0.5  # seconds for a client that has connected to say what it wants


def explain(error: Exception) -> str:
    """What went wrong at the start, and the next step, in one line."""
    if isinstance(error, InstanceError | ValueError) and not isinstance(error, UnicodeError):
        return str(error)
    from ringlet.engine.incidents import translate

    known = translate(error, logging.getLogger(__name__), "start of the daemon")
    return f"{known.message}. {known.hint}" if known.hint else known.message


def refuse(listener: socket.socket, accepted: list[socket.socket], reason: str) -> None:
    """Answer whoever has connected, or is in the queue, with the reason."""
    for connection in (*accepted, *_queue(listener)):
        connection.settimeout(_PATIENCE)
        try:
            if seen := peek(connection):
                header, body = seen
                reply = frame(IPC_LEAD, header, _answer(body, reason))
                connection.recv(LARGEST)
                connection.sendall(greeting(Role.REP) + reply)
        except OSError:
            pass  # it went away, or is slow
        connection.close()


def _queue(listener: socket.socket) -> Iterator[socket.socket]:
    listener.setblocking(False)
    try:
        while True:
            yield listener.accept()[0]
    except OSError:
        return


def _answer(body: bytes, reason: str) -> bytes:
    data = f"the daemon could not start: {reason}".encode(errors="replace")
    if body.startswith(relay.MAGIC):
        return relay.FAILED + data
    if relay.is_foreign(body):
        return relay.mismatch(body)
    failure = Failure(int(ErrorCode.DAEMON_UNREACHABLE), data.decode())
    return msgspec.json.encode(Reply("error", failure))
