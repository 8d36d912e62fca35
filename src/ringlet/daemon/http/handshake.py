"""Whether a request is the handshake of a WebSocket."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from websockets.http11 import Request
from websockets.server import ServerProtocol

_log = logging.getLogger("uvicorn.error")  # silent, as for the one that is going to carry it


def is_handshake(method: bytes, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the library that carries WebSockets would take it, and not answer by itself.

    It is asked with the bytes that it is going to be given, so that nothing is left to differ: it
    never answers a head that has a length or a long line, and refuses others before any check.
    """
    lines = [method + b" " + target + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in headers]
    trial = ServerProtocol(logger=_log)
    trial.receive_data(b"\r\n".join([*lines, b"", b""]))
    found = [each for each in trial.events_received() if isinstance(each, Request)]
    return any(trial.accept(request).status_code == 101 for request in found)
