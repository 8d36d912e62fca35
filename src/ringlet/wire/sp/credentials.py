"""What the kernel tells of the process at the other end of a Unix socket."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Final, Protocol


class Options(Protocol):
    """A socket, as far as its options go."""

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes: ...


_LINUX_UCRED: Final = struct.Struct("=iII")
# From <sys/un.h> and <sys/ucred.h> of macOS; the socket module does not name them.
_SOL_LOCAL: Final = 0
_LOCAL_PEERCRED: Final = 1
_LOCAL_PEERPID: Final = 2
_XUCRED_SIZE: Final = 76
_XUCRED_HEAD: Final = struct.Struct("=II")


def credentials(sock: Options) -> tuple[int, int]:
    """User id and process id of the other end of a Unix socket; OSError if it is gone."""
    if sys.platform == "darwin":
        (pid,) = struct.unpack("=i", sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, 4))
        xucred = sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_SIZE)
        _, uid = _XUCRED_HEAD.unpack_from(xucred)
    else:
        ucred = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _LINUX_UCRED.size)
        pid, uid, _ = _LINUX_UCRED.unpack(ucred)
    return uid, pid
