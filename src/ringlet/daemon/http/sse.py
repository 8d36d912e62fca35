"""`/api/events`: events as a stream of text that never ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringlet.daemon.http.connection import CONNECTION
from ringlet.daemon.http.envelope import failed, refused
from ringlet.daemon.http.followers import Follower, Followers, Line
from ringlet.daemon.http.places import Places
from ringlet.daemon.http.subscription import Wish, number, subscribed, subscription
from ringlet.domain.errors import RingletError

_places = Places(1 << 20, 0.15)


class StreamFollower(Follower):
    """A client of `/api/events`; what it gets are chunks of a body."""

    @staticmethod
    def frame(line: Line) -> bytes:
        text = b"id: %d\nevent: %s\ndata: %s\n\n" % (line.seq, line.type.encode(), line.text)
        return b"%x\r\n%s\r\n" % (len(text), text)


class _Stream(Response):
    """A response that lasts until the client leaves or we end it."""

    media_type = "text/event-stream"

    def __init__(self, followers: Followers, wanted: Wish, since: int | None) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._followers = followers
        self._wanted = wanted
        self._since = since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            await self._follow(scope, receive)
        await send({"type": "http.response.body", "body": b""})

    async def _follow(self, scope: Scope, receive: Receive) -> None:
        follower = StreamFollower(scope["extensions"][CONNECTION].transport, self._wanted.types)
        self._followers.join(follower, self._since)
        if self._wanted.later:
            self._followers.tell(follower, subscribed(*self._wanted))
        leaving = asyncio.ensure_future(_departure(receive))
        try:
            either: set[asyncio.Future[Any]] = {leaving, follower.ended}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            self._followers.leave(follower)


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def stream(followers: Followers, most: int) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint, for `most` clients at once.

    `Last-Event-ID`, which browsers send by themselves, counts before `since`.
    """

    async def answer(request: Request) -> Response:
        try:
            wanted, since = subscription(request.scope["query_string"])
            if last := request.headers.get("last-event-id"):
                since = number(last)
        except RingletError as error:
            return failed(error)
        if followers.count(StreamFollower) >= min(most, _places.most):
            hint = "Close one, or try again later."
            return refused(503, "Too many streams of events are open", hint, **{"retry-after": "5"})
        return _Stream(followers, wanted, since)

    return answer
