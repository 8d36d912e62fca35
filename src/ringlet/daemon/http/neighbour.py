"""Who is at the other end of a connection on this machine."""

from __future__ import annotations

import socket
import sys
from typing import Final

Address = tuple[str, int]
_TABLE: Final = "/proc/net/tcp"


def user_of(client: Address, server: Address) -> int | None:
    """The user whose process has connected from `client` to `server`, both IPv4.

    None where the system does not tell, or the connection has ended.
    """
    ends = [_as_listed(client), _as_listed(server)]
    try:
        with open(_TABLE, encoding="ascii") as table:
            for line in table:
                fields = line.split()
                if fields[1:3] == ends:
                    return int(fields[7])
    except OSError:
        pass  # not Linux, or /proc is hidden
    return None


def _as_listed(address: Address) -> str:
    """An address as the kernel lists it: hexadecimal, the bytes in the machine's own order."""
    host = int.from_bytes(socket.inet_aton(address[0]), sys.byteorder)
    return f"{host:08X}:{address[1]:04X}"
