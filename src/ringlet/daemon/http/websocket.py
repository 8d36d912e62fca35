"""`/ws`: events over a WebSocket, and what its client may ask."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from starlette.types import Message, Receive, Scope, Send

from ringlet.daemon.http.connection import CONNECTION
from ringlet.daemon.http.envelope import failed, refusal
from ringlet.daemon.http.followers import End, Filter, Follower, Followers, Line, remark
from ringlet.daemon.http.subscription import checked, subscription
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.event_types import EVENTS, Pong, Refused, Subscribed
from ringlet.wire.strict import parse

_FULL: Final = End(1013, "too many WebSockets are open")


class _Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client may send."""

    action: str
    events: list[str] = []
    since: int = -1


class SocketFollower(Follower):
    """A client of `/ws`."""

    @staticmethod
    def frame(line: Line) -> bytes:
        size = len(line.text)
        if size < 126:
            return bytes((0x81, size)) + line.text
        if size < 1 << 16:
            return b"\x81\x7e" + size.to_bytes(2, "big") + line.text
        return b"\x81\x7f" + size.to_bytes(8, "big") + line.text


class EventSocket:
    """An ASGI application for the WebSockets that follow events, `most` of them at once."""

    def __init__(self, followers: Followers, most: int) -> None:
        self._followers = followers
        self._most = most
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket from its handshake to its end."""
        try:
            wanted, since = subscription(scope["query_string"])
        except RingletError as error:
            await failed(error)(scope, receive, send)
            return
        protocol = "bearer" if "bearer" in scope["subprotocols"] else None
        await receive()  # websocket.connect
        await send({"type": "websocket.accept", "subprotocol": protocol})
        if self._open >= self._most:
            await send(_closing(_FULL))
            return
        self._open += 1
        follower = SocketFollower(scope["extensions"][CONNECTION].transport, wanted)
        self._followers.join(follower, since)
        try:
            await self._converse(follower, receive, send)
        finally:
            self._followers.leave(follower)
            self._open -= 1

    async def _converse(self, follower: SocketFollower, receive: Receive, send: Send) -> None:
        """Answer what the client sends until it leaves or we end the stream."""
        while True:
            hearing = asyncio.ensure_future(receive())
            either: set[asyncio.Future[Any]] = {hearing, follower.ended}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                hearing.cancel()
                await send(_closing(follower.ended.result()))
                return
            message = hearing.result()
            if message["type"] == "websocket.disconnect":
                return
            try:
                self._carry_out(follower, _wish(message))
            except RingletError as error:
                said = refusal(error).error
                self._say(follower, Refused(said.code, said.message, said.hint))

    def _carry_out(self, follower: SocketFollower, wish: _Wish) -> None:
        if wish.action == "ping":
            self._say(follower, Pong())
        elif wish.action == "resume":
            self._followers.replay(follower, wish.since)
        else:
            follower.want(_changed(follower.wanted, wish))
            wanted = follower.wanted
            self._say(follower, Subscribed(None if wanted is None else sorted(wanted)))

    def _say(self, follower: SocketFollower, data: msgspec.Struct) -> None:
        follower.deliver(follower.frame(remark(self._followers.last, data)))


def _wish(message: Message) -> _Wish:
    text = message.get("text")
    if text is None:
        raise RingletError(ErrorCode.INVALID_REQUEST, "Messages must be text")
    try:
        return msgspec.convert(parse(text.encode()), _Wish)
    except msgspec.ValidationError as error:
        raise RingletError(ErrorCode.INVALID_REQUEST, str(error)) from None


def _changed(wanted: Filter, wish: _Wish) -> Filter:
    """What is wanted after a subscribe or unsubscribe; the first subscribe ends "everything"."""
    named = checked(wish.events)
    if wish.action == "subscribe":
        return named if named is None or wanted is None else wanted | named
    if wish.action == "unsubscribe":
        return frozenset() if named is None else (wanted or frozenset(EVENTS)) - named
    raise RingletError(
        ErrorCode.INVALID_REQUEST,
        f"There is no action {wish.action!r}",
        hint="There are: subscribe, unsubscribe, resume, ping",
    )


def _closing(end: End) -> dict[str, Any]:
    return {"type": "websocket.close", "code": end.code, "reason": end.reason}
