"""The one guard in front of everything, for HTTP and WebSocket alike.

The order matters: where was this sent to (Host), who made the browser send it (Origin), who asks
(token), and only then what is asked (content type, size). Nothing of ours sees a request that has
not passed, and no WebSocket is accepted before.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringlet.daemon.http.body import has_body, read, replay, unreadable
from ringlet.daemon.http.connection import ORIGIN
from ringlet.daemon.http.envelope import failed, refused
from ringlet.daemon.http.headers import completed, values
from ringlet.daemon.http.reporting import Reporting
from ringlet.daemon.http.throttle import Throttle
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.rights import Origin
from ringlet.engine.access import Access
from ringlet.engine.incidents import translate
from ringlet.engine.rights import stream_for
from ringlet.runtime.loopback import socket_of

_BODY_SECONDS: Final = 30.0
_STRANGER_SECONDS: Final = 5.0
_MOST_STRANGERS: Final = 16
_log = logging.getLogger(__name__)
_BEARER: Final = b"bearer"


class Guard:
    """An ASGI application around another one.

    `names` are the hosts, with port, that we answer to; `proxies` are those of a proxy in front of
    us, which may be of another user and speak TLS. `public` tells of a method and a path whether no
    token is needed. What is for `reporting` needs the token of a run instead of ours. `who` tells
    whose process asks: the rights of a run hold for whoever of it has the token, too.
    """

    def __init__(
        self,
        application: ASGIApp,
        *,
        access: Access,
        who: Callable[[Scope], Awaitable[Origin]],
        names: frozenset[str],
        proxies: frozenset[str],
        public: Callable[[str, str], bool],
        reporting: Reporting,
    ) -> None:
        self._application = application
        self._access = access
        self._who = who
        origins = [f"http://{name}" for name in names | proxies]
        origins += [f"https://{name}" for name in proxies]
        self._hosts = frozenset(name.encode() for name in names | proxies)
        self._origins = frozenset(origin.encode() for origin in origins)
        self._public = public
        self._reporting = reporting
        self._own_users_only = not proxies
        self._strangers = 0
        self._throttle = Throttle(burst=50, per_second=10.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand over with the whole body read."""
        given = _token(scope)
        known = self._admits(scope, given)
        send = _complete(send, keep=known)
        response = self._misdirected(scope) or self._foreign(scope)
        if response is None and not known:
            response = self._unknown(scope, given)
        response = response or unreadable(scope)
        if response is None and has_body(scope):
            body = await (read(receive, _BODY_SECONDS) if known else self._read_stranger(receive))
            if isinstance(body, Response):
                response = body
            else:
                receive = replay(body, receive)
        try:
            response = response or await self._limited(scope)
            await (response or self._application)(scope, receive, send)
        except Exception as error:
            # The edge of the daemon: whatever breaks ends this request only.
            await failed(translate(error, _log, scope["path"]))(scope, receive, send)

    def _admits(self, scope: Scope, given: bytes) -> bool:
        if self._reporting.is_for(scope):
            return self._reporting.admits(scope)
        return bool(given) and self._access.admits(given)

    async def _limited(self, scope: Scope) -> Response | None:
        """Tell what answers who asks, and refuse a stream to a run that may not follow it."""
        if self._reporting.is_for(scope) or self._is_page(scope):
            return None
        origin = scope[ORIGIN] = await self._who(scope)
        try:
            stream_for(origin, scope["path"])
        except RingletError as error:
            return failed(error)
        return None

    def _is_page(self, scope: Scope) -> bool:
        """Whether this is a file that everybody gets: nobody needs to be found out for that."""
        method = scope.get("method", "")
        return method != "POST" and self._public(method, scope["path"])

    def _misdirected(self, scope: Scope) -> Response | None:
        """Rebinding: a name of somebody else that now leads to this machine."""
        hosts = values(scope["headers"], b"host")
        if len(hosts) == 1 and hosts[0].lower() in self._hosts:
            return None
        return refused(
            421,
            "This server does not answer to the host name of the request",
            "Use http://127.0.0.1 and the port, or add the name to daemon.allowed_hosts.",
        )

    def _foreign(self, scope: Scope) -> Response | None:
        """A page of somebody else made the browser send this."""
        origins = values(scope["headers"], b"origin")
        sites = values(scope["headers"], b"sec-fetch-site")
        if set(origins) <= self._origins and set(sites) <= {b"same-origin", b"none"}:
            return None
        error = RingletError(ErrorCode.FORBIDDEN, "Requests of other pages are not answered")
        return failed(error)

    def _unknown(self, scope: Scope, given: bytes) -> Response | None:
        """Nobody who has the token. Whoever has it comes through, however many guess meanwhile."""
        if self._public(scope.get("method", ""), scope["path"]):
            return self._of_another_user(scope)
        if given and not self._throttle.allow():
            return refused(429, "Too many wrong tokens", retry_after="1")
        error = RingletError(
            ErrorCode.FORBIDDEN,
            "This needs the token",
            hint="Send the content of http_token as: Authorization: Bearer TOKEN",
        )
        return failed(error, status=401, headers={"WWW-Authenticate": "Bearer"})

    def _of_another_user(self, scope: Scope) -> Response | None:
        """Somebody else of this machine who has seen a code, in a list of processes perhaps."""
        if scope["method"] != "POST" or not self._own_users_only:
            return None
        found = socket_of(scope["client"], scope["server"])
        if found is None or found.uid in (os.geteuid(), 0):
            return None
        error = RingletError(ErrorCode.FORBIDDEN, "The daemon belongs to another user")
        return failed(error)

    async def _read_stranger(self, receive: Receive) -> bytes | Response:
        """The body of a request that needs no token: only a few may dawdle, and not for long."""
        if self._strangers >= _MOST_STRANGERS:
            return refused(429, "Too many requests without a token", retry_after="1")
        self._strangers += 1
        try:
            return await read(receive, _STRANGER_SECONDS)
        finally:
            self._strangers -= 1


def _token(scope: Scope) -> bytes:
    """The token of the request; empty if there is none, or more than one."""
    found = [value.split(None, 1) for value in values(scope["headers"], b"authorization")]
    given = [words[1] for words in found if len(words) == 2 and words[0].lower() == _BEARER]
    if scope["type"] == "websocket":
        offered = scope["subprotocols"]
        if len(offered) == 2 and offered[0] == _BEARER.decode():
            given.append(offered[1].encode())
    return given[0] if len(given) == 1 else b""


def _complete(send: Send, *, keep: bool) -> Send:
    """A `send` that adds what every response carries.

    The connection of somebody without the token is not kept: there are only so many.
    """
    own = [] if keep else [(b"connection", b"close")]

    async def completing(message: Message) -> None:
        if message["type"].endswith("http.response.start"):
            message = {**message, "headers": completed([*message.get("headers", ()), *own])}
        await send(message)

    return completing
