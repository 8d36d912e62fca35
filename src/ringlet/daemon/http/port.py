"""The port that HTTP answers on: the one asked for, or the next free one."""

from __future__ import annotations

import errno
import socket
from typing import Final

HOST: Final = "127.0.0.1"
_TRIED: Final = 20  # ports above the one asked for, before any free one will do
_BACKLOG: Final = 256
# Taken by somebody else, by another user, or reserved.
_TAKEN: Final = {errno.EADDRINUSE, errno.EACCES}


def listen(preferred: int) -> socket.socket:
    """A listening socket on loopback; raises OSError if there is no port at all."""
    last = min(preferred + _TRIED, 65535)
    for port in (*range(preferred, last + 1), 0):
        # asyncio sets TCP_NODELAY only on sockets that say their protocol; without it an answer in
        # two parts waits 40 ms for the other side's delayed acknowledgement.
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # Without it a port stays taken for a minute after a restart. A living owner keeps it.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
            # Another program could bind the same port before either listens.
            sock.listen(_BACKLOG)
        except OSError as error:
            sock.close()
            if error.errno not in _TAKEN or port == 0:
                raise
        else:
            return sock
    raise OSError(errno.EADDRINUSE, "no free port")


def port_of(sock: socket.socket) -> int:
    """The port that the socket is bound to."""
    return int(sock.getsockname()[1])
