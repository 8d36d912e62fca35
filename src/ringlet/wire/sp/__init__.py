"""The NNG scalability protocols REP, PUB, REQ and SUB over asyncio, without the NNG library.

Any NNG program can talk to the servers, and the clients to any NNG server. Against the library
this gives a peer's user id, an error at once when the other side dies, requests that are never
sent twice, and no threads.

Names are loaded when they are used: the first reply of a daemon needs frames, not asyncio.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringlet.wire.sp.peer import Peer
    from ringlet.wire.sp.pub import PubServer
    from ringlet.wire.sp.rep import Handler, RepServer
    from ringlet.wire.sp.req import ReqClient
    from ringlet.wire.sp.sub import SubClient

__all__ = ["Handler", "Peer", "PubServer", "RepServer", "ReqClient", "SubClient"]

_HOMES = {
    "Handler": "rep",
    "Peer": "peer",
    "PubServer": "pub",
    "RepServer": "rep",
    "ReqClient": "req",
    "SubClient": "sub",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
