"""Whose the other end of a TCP connection on this machine is, as far as the system tells.

Only Linux tells. A program that made itself unreadable hides what it holds.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable
from typing import Final, NamedTuple

Address = tuple[str, int]
IS_TOLD: Final = sys.platform == "linux"
# Programs may connect to an IPv4 address by a socket of IPv6.
_TABLES: Final = (("/proc/net/tcp", ""), ("/proc/net/tcp6", "0000000000000000FFFF0000"))


class Entry(NamedTuple):
    """A socket: whose it is, and the number that those who hold it know it by."""

    uid: int
    inode: int


def socket_of(client: Address, server: Address) -> Entry | None:
    """The socket that has connected from `client` to `server`, both IPv4.

    None where the system does not tell, or its end of the connection has been closed.
    """
    for path, lead in _TABLES:
        ends = f" {lead}{_as_listed(client)} {lead}{_as_listed(server)} ".encode()
        try:
            with open(path, "rb") as file:
                table = file.read()  # of thousands of lines one is taken apart
        except OSError:
            continue  # not Linux, or /proc is hidden
        at = table.find(ends)
        if at >= 0:
            fields = table[at : table.find(b"\n", at)].split()
            found = Entry(uid=int(fields[6]), inode=int(fields[8]))
            return found if found.inode else None  # what was sent before the end still arrives
    return None


def holders(inode: int, pids: Iterable[int]) -> tuple[list[int], list[int]]:
    """Which of the processes hold the socket, and which of them do not let one look."""
    holding, hidden = [], []
    for pid in pids:
        held = _sockets(pid)
        if held is None:
            hidden.append(pid)
        elif f"socket:[{inode}]" in held:
            holding.append(pid)
    return holding, hidden


def _sockets(pid: int) -> set[str] | None:
    folder = f"/proc/{pid}/fd"
    found = set()
    try:
        for name in os.listdir(folder):
            try:
                found.add(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                continue  # closed meanwhile
    except (FileNotFoundError, ProcessLookupError):
        return set()  # the process has ended
    except OSError:
        return None
    return found


def _as_listed(address: Address) -> str:
    """An address as the kernel lists it: hexadecimal, the bytes in the machine's own order."""
    host = int.from_bytes(socket.inet_aton(address[0]), sys.byteorder)
    return f"{host:08X}:{address[1]:04X}"
