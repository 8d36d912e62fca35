"""Where a server listens: a Unix socket, or a port of this machine."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import Final, Literal

from ringlet.domain.errors import ErrorCode, RingletError

# sun_path holds 108 bytes on Linux and 104 on macOS, one of them for the final NUL.
PATH_LIMIT: Final = 103 if sys.platform == "darwin" else 107

_IPV6_LOOPBACK: Final = bytes(15) + b"\x01"
_FORMS: Final = "Use ipc:///absolute/path, an absolute path, or tcp://127.0.0.1:PORT."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Made by `parse_endpoint`; equal endpoints are the same place.

    `address` is the absolute path of a Unix socket, or the IP address of a TCP one, whose port
    is `port`; a Unix socket has port 0.
    """

    transport: Literal["unix", "tcp"]
    address: str
    port: int = 0

    @property
    def url(self) -> str:
        """The endpoint as NNG programs write it."""
        if self.transport == "unix":
            return f"ipc://{self.address}"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"tcp://{host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """Read `ipc:///path`, a bare absolute path, or `tcp://LOOPBACK:PORT`.

    Raises INVALID_REQUEST for anything else, among it every address that other machines can
    reach, and for a path too long for a socket.
    """
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "tcp":
        return _tcp(text, rest)
    if separator and scheme != "ipc":
        raise _invalid(f"{text!r} is not an endpoint", _FORMS)
    return _unix(text, rest if separator else text)


def _unix(text: str, path: str) -> Endpoint:
    if not os.path.isabs(path) or "\0" in path:
        raise _invalid(f"{text!r} is not an endpoint: its path is not absolute", _FORMS)
    size = len(os.fsencode(path))
    if size > PATH_LIMIT:
        raise _invalid(
            f"The socket path {path!r} is {size} bytes long; this system allows {PATH_LIMIT}",
            "Set RINGLET_DAEMON_ENDPOINT, or XDG_RUNTIME_DIR, to a shorter path.",
        )
    return Endpoint("unix", path)


def _tcp(text: str, rest: str) -> Endpoint:
    host, _, digits = rest.rpartition(":")
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 else 0
    if not 1 <= port <= 65535:
        raise _invalid(f"{text!r} names no port between 1 and 65535", _FORMS)
    address = _loopback("127.0.0.1" if host == "localhost" else host)
    if address is None:
        raise _invalid(
            f"{text!r} could be reached from other machines, or is no IP address",
            "Only loopback addresses are allowed: use tcp://127.0.0.1:PORT, and ssh -L to reach"
            " it from elsewhere.",
        )
    return Endpoint("tcp", address, port)


def _loopback(host: str) -> str | None:
    """The address in its usual spelling, if it is one and no other machine can reach it."""
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        packed = socket.inet_pton(family, host.strip("[]"))
    except (OSError, ValueError):
        return None
    is_local = packed[0] == 127 if family == socket.AF_INET else packed == _IPV6_LOOPBACK
    return socket.inet_ntop(family, packed) if is_local else None


def _invalid(message: str, hint: str) -> RingletError:
    return RingletError(ErrorCode.INVALID_REQUEST, message, hint=hint)
