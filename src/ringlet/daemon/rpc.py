"""The request socket: decode, dispatch, encode. What requests do is the engine's business."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from ringlet.commands.execute import execute
from ringlet.daemon.conversation import Conversation, RemoteCaller
from ringlet.daemon.deadline import within
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.rights import USER, Origin
from ringlet.engine.incidents import translate
from ringlet.engine.services import Services
from ringlet.wire import relay
from ringlet.wire.encoding import encode
from ringlet.wire.protocol import PROTOCOL_VERSION
from ringlet.wire.replies.base import Failure, Reply
from ringlet.wire.requests.base import Envelope
from ringlet.wire.requests.daemon import RelayResume
from ringlet.wire.sp import Peer

if TYPE_CHECKING:
    from ringlet.daemon.handlers import Handlers

T = TypeVar("T")

_log = logging.getLogger(__name__)
_MAX_DEADLINE: Final = 600.0
_envelopes: Final = msgspec.json.Decoder(Envelope)
_resumes: Final = msgspec.json.Decoder(RelayResume)
_RESUME: Final = RelayResume.__struct_config__.tag


class Rpc:
    """Answers each message of the request socket.

    A message is a forwarded command line (`ringlet.wire.relay`) or a JSON request. Every error
    is answered; none ends the daemon.
    """

    def __init__(
        self,
        services: Services,
        *,
        handlers: Callable[[], Handlers],
        closing: Callable[[], bool],
        observe: Callable[[str, float], None],
    ) -> None:
        self._services = services
        self._make_handlers = handlers
        self._closing = closing
        self._observe = observe
        self._conversations: dict[str, Conversation] = {}

    @cached_property
    def _handlers(self) -> Handlers:
        """Made at the first JSON request: forwarded command lines do not need them."""
        return self._make_handlers()

    async def handle(self, body: bytes, peer: Peer) -> bytes:
        """The reply to one message."""
        if body.startswith(relay.MAGIC):
            began = time.perf_counter()
            answer = await self._relay(body, peer)
            if answer[:1] not in relay.UNFINISHED:  # else it would count how long people think
                self._observe("command", time.perf_counter() - began)
            return answer
        if body.startswith(relay.RUN):
            return await self._run_ended(body, peer)
        if body.startswith(relay.KEYS):
            return self._keys(body, peer)
        if relay.is_foreign(body):
            return relay.mismatch(body)
        envelope: Envelope | None = None
        try:
            envelope = _decode(_envelopes, body)
            self._check(envelope, peer)
            if envelope.type == _RESUME:
                step = _decode(_resumes, body)
                return await self._resume(step.conversation, step.result, peer)
            request = self._handlers.decode(envelope.type, body)
            origin = await self._origin(peer)
            began = time.perf_counter()
            deadline = min(max(envelope.seconds, 0.01), _MAX_DEADLINE)
            kind, data = await within(deadline, self._handlers.answer(request, peer, origin=origin))
            self._observe(envelope.type, time.perf_counter() - began)
            reply = Reply(kind, data, envelope.id)
        except Exception as error:
            # The edge of the daemon: a defect in one request must not end the others.
            doing = f"request {envelope.type}" if envelope else "a request"
            reply = _failure(translate(error, _log, doing), envelope)
        return encode(reply)

    async def _relay(self, body: bytes, peer: Peer) -> bytes:
        if self._closing():
            return relay.AGAIN
        try:
            invocation = relay.parse_invocation(body)
        except (ValueError, IndexError):
            return relay.mismatch(body)
        if peer.transport != "unix" and not self._authentic(invocation.token):
            return relay.finished(1, "", "Error: this endpoint needs the token of http_token\n")

        origin = await self._origin(peer)

        async def command(caller: RemoteCaller) -> int:
            await self._services.look()
            return await execute(caller, services=self._services, origin=origin)

        conversation = Conversation(invocation, peer, command)
        self._conversations[conversation.id] = conversation
        conversation.when_finished(lambda: self._conversations.pop(conversation.id, None))
        return await conversation.next_reply()

    async def _origin(self, peer: Peer) -> Origin:
        """Whose process asks; nothing is looked up while no agent runs."""
        origins = self._services.origins
        if origins is None:
            return USER
        if peer.ends is None:
            return await origins.of_process(peer, peer.pid)
        return await origins.of_loopback(peer, *peer.ends)

    async def _run_ended(self, body: bytes, peer: Peer) -> bytes:
        try:
            conversation, result = relay.parse_run_result(body)
        except ValueError:
            return relay.mismatch(body)
        return await self._resume(conversation, result, peer)

    def _keys(self, body: bytes, peer: Peer) -> bytes:
        """The keys of a plan, or the text of an error."""
        try:
            ticket = body.removeprefix(relay.KEYS).decode()
            return relay.keys(self._services.launches.redeem(ticket, peer.id))
        except (RingletError, UnicodeDecodeError) as error:
            return str(error).encode()

    async def _resume(self, name: str, result: dict[str, Any], peer: Peer) -> bytes:
        conversation = self._conversations.get(name)
        if conversation is None or conversation.peer is not peer:
            return relay.finished(1, "", "Error: the daemon does not know this command any more\n")
        return await conversation.resume(result)

    def _check(self, envelope: Envelope, peer: Peer) -> None:
        if peer.transport != "unix" and not self._authentic((envelope.token or "").encode()):
            raise RingletError(
                ErrorCode.FORBIDDEN,
                "This endpoint needs a token",
                hint="Add the content of http_token as `token` to the request.",
            )
        if envelope.protocol not in (None, PROTOCOL_VERSION):
            raise RingletError(
                ErrorCode.PROTOCOL_MISMATCH,
                f"The daemon speaks protocol {PROTOCOL_VERSION}, the client {envelope.protocol}",
                hint="Restart the daemon with: ringlet daemon restart",
            )

    def _authentic(self, token: bytes) -> bool:
        return self._services.access.admits(token)


def oversize(limit: int) -> bytes:
    """The reply to a request that is too long to be read."""
    error = RingletError(
        ErrorCode.INVALID_REQUEST, f"The request is longer than {limit} bytes", hint="Send less."
    )
    return encode(_failure(error, None))


def _decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"Not a request: {error}",
            hint='Send a JSON object with a "type".',
        ) from None


def _failure(error: RingletError, envelope: Envelope | None) -> Reply:
    failure = Failure(int(error.code), error.message, error.hint)
    return Reply("error", failure, envelope.id if envelope else None)
