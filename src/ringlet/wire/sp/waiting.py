"""Look at the first request of a connection without an event loop."""

from __future__ import annotations

import socket
from typing import Final

from ringlet.wire.sp.frames import IPC_LEAD, FrameDecoder, FrameError, Role, header_size

LARGEST: Final = 1 << 17


def peek(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """Header and body of the first request, None if it is not all there.

    Nothing is taken: whoever serves the connection finds every byte. Raises OSError.
    """
    decoder = FrameDecoder(Role.REQ, IPC_LEAD, LARGEST)
    decoder.feed(connection.recv(LARGEST, socket.MSG_PEEK))
    try:
        message = decoder.next() if decoder.take_greeting() else None
        if not isinstance(message, bytes):
            return None
        size = header_size(message)
    except FrameError:
        return None
    return message[:size], message[size:]
