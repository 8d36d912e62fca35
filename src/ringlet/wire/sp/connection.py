"""What every connection does, whatever its role: greet, cut frames, hold back, end."""

from __future__ import annotations

import asyncio
import logging
import socket
from abc import abstractmethod
from typing import Final, cast

from ringlet.wire.sp.frames import (
    IPC_LEAD,
    TCP_LEAD,
    FrameDecoder,
    FrameError,
    Role,
    frame,
    greeting,
)
from ringlet.wire.sp.peer import Socket

GREETING_SECONDS: Final = 10.0

_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """One connection in one role; subclasses say what a message means.

    A peer that breaks the protocol, or does not greet in time, is dropped and logged at debug
    only: on a loopback port it may be any browser.
    """

    greets_first = True
    transport: asyncio.Transport
    lead: bytes
    _decoder: FrameDecoder
    _greeting_timer: asyncio.TimerHandle

    def __init__(self, role: Role, max_message: int) -> None:
        self._role = role
        self._max_message = max_message
        self._greeted = False
        self._choked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.lead = IPC_LEAD if self.socket.family == socket.AF_UNIX else TCP_LEAD
        self._decoder = FrameDecoder(self._role.partner, self.lead, self._max_message)
        self._greeting_timer = asyncio.get_running_loop().call_later(
            GREETING_SECONDS, self.drop, f"no greeting within {GREETING_SECONDS:.0f} s"
        )
        if self.greets_first:
            self.greet()

    def connection_lost(self, exc: Exception | None) -> None:
        self._greeting_timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._decoder.feed(data)
        self.pump()

    def pause_writing(self) -> None:
        self._choked = True

    def resume_writing(self) -> None:
        self._choked = False
        self.pump()

    def pump(self) -> None:
        """Hand on complete messages while they are wanted; read on only if they still are."""
        try:
            if self._greeted or self._take_greeting():
                while self.wants_more() and (message := self._decoder.next()) is not None:
                    self.received(message)
        except FrameError as error:
            self.drop(str(error))
        if self.wants_more():
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def greet(self) -> None:
        """Say who we are; an end that does not greet first does so once it was greeted."""
        self.transport.write(greeting(self._role))

    def send(self, *parts: bytes) -> None:
        """Write one message, unless the connection is ending."""
        if not self.transport.is_closing():
            self.transport.write(frame(self.lead, *parts))

    def drop(self, reason: str) -> None:
        """End the connection at once, without flushing."""
        _log.debug("%s connection dropped: %s", self._role.name, reason)
        self.transport.abort()

    @property
    def socket(self) -> Socket:
        """The socket underneath, to read its properties from."""
        return cast(Socket, self.transport.get_extra_info("socket"))

    def wants_more(self) -> bool:
        """Whether another message may be handed on now."""
        return not self.transport.is_closing()

    def greeted(self) -> None:
        """The other end turned out to be the right partner."""

    @abstractmethod
    def received(self, message: bytes) -> None:
        """Take one message, or `Oversize`; may raise `FrameError`."""

    def _take_greeting(self) -> bool:
        if self._decoder.take_greeting():
            self._greeted = True
            self._greeting_timer.cancel()
            if not self.greets_first:
                self.greet()
            self.greeted()
        return self._greeted
