"""The NNG scalability protocols REP, PUB, REQ and SUB over asyncio, without the NNG library.

Any NNG program can talk to the servers, and the clients to any NNG server. Against the library
this gives a peer's user id, an error at once when the other side dies, requests that are never
sent twice, and no threads.
"""

from __future__ import annotations

from ringlet.wire.sp.peer import Peer
from ringlet.wire.sp.pub import PubServer
from ringlet.wire.sp.rep import Handler, RepServer
from ringlet.wire.sp.req import ReqClient
from ringlet.wire.sp.sub import SubClient

__all__ = ["Handler", "Peer", "PubServer", "RepServer", "ReqClient", "SubClient"]
