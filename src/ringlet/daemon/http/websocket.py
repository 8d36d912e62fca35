"""`/ws`: events over a WebSocket, and what its client may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.types import Message, Receive, Scope, Send

from ringlet.daemon.http.connection import CONNECTION
from ringlet.daemon.http.envelope import failed, refusal
from ringlet.daemon.http.followers import End, Filter, Follower, Followers, Line
from ringlet.daemon.http.places import Holder, Places
from ringlet.daemon.http.subscription import Wish, checked, subscribed, subscription
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.event_types import EVENTS, Pong, Refused
from ringlet.wire.strict import parse

_FULL: Final = End(1013, "too many WebSockets are open")


_LINGER_SECONDS: Final = 1.0  # for one that is told so to close its side
_places = Places(1 << 20, 0.25)
_leaving = Places(32, 0.05)


def _cut_off(connection: Holder) -> None:
    _leaving.leave(connection)
    connection.transport.abort()  # type: ignore[attr-defined]  # it is a Transport


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

    def __init__(self, followers: Followers, most: int, on_activity: Callable[[], None]) -> None:
        self._followers = followers
        self._most = most
        self._on_activity = on_activity
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
        if self._open >= min(self._most, _places.most):
            connection = scope["extensions"][CONNECTION]
            _leaving.enter(connection)
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, _cut_off, connection)
            await send(_closing(_FULL))
            return
        self._open += 1
        follower = SocketFollower(scope["extensions"][CONNECTION].transport, wanted.types)
        self._followers.join(follower, since)
        if wanted.later:
            self._followers.tell(follower, subscribed(*wanted))
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
            self._on_activity()
            try:
                self._carry_out(follower, _wish(message))
            except RingletError as error:
                said = refusal(error).error
                self._followers.tell(follower, Refused(said.code, said.message, said.hint))

    def _carry_out(self, follower: SocketFollower, wish: _Wish) -> None:
        if wish.action == "ping":
            self._followers.tell(follower, Pong())
        elif wish.action == "resume":
            self._followers.replay(follower, wish.since)
        else:
            changed = _changed(follower.wanted, wish)
            follower.want(changed.types)
            self._followers.tell(follower, subscribed(*changed))


def _wish(message: Message) -> _Wish:
    text = message.get("text")
    if text is None:
        raise RingletError(ErrorCode.INVALID_REQUEST, "Messages must be text")
    try:
        return msgspec.convert(parse(text.encode()), _Wish)
    except msgspec.ValidationError as error:
        raise RingletError(ErrorCode.INVALID_REQUEST, str(error)) from None


def _changed(wanted: Filter, wish: _Wish) -> Wish:
    """What is wanted after a subscribe or unsubscribe; the first subscribe ends "everything"."""
    named, later = checked(wish.events)
    if wish.action == "subscribe":
        return Wish(named if named is None or wanted is None else wanted | named, later)
    if wish.action == "unsubscribe":
        left = frozenset[str]() if named is None else (wanted or frozenset(EVENTS)) - named
        return Wish(left, later)
    raise RingletError(
        ErrorCode.INVALID_REQUEST,
        f"There is no action {wish.action!r}",
        hint="There are: subscribe, unsubscribe, resume, ping",
    )


def _closing(end: End) -> dict[str, Any]:
    return {"type": "websocket.close", "code": end.code, "reason": end.reason}
