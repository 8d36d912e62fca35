"""Lines of Claude Code's transcripts, as far as they tell of usage.

The members stand in the order in which Claude Code writes them, which is how they are found
soonest; none of these records can hold itself, so the collector of garbage need not look.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from ringlet.agents.usage.lines import Decoder, Text

# Every usage has it, and what is longer is found faster than "usage" itself.
_MARKER: Final = b'"output_tokens"'
_MESSAGE: Final = b'"message":{'
_USER: Final = b'"type":"user"'
_CONTENT: Final = b'"content":['
_STOP: Final = b'],"stop_reason"'
# Bytes before the message of a line, and before the content of that.
_HEAD: Final = 400
_BEFORE_CONTENT: Final = 400
Count = int | None


class Writes(msgspec.Struct, gc=False):
    """Tokens written to a cache, by how long they stay there."""

    ephemeral_1h_input_tokens: Count = 0
    ephemeral_5m_input_tokens: Count = 0


class _Server(msgspec.Struct, gc=False):
    web_search_requests: Count = 0


class _Thinking(msgspec.Struct, gc=False):
    thinking_tokens: Count = 0


class Step(msgspec.Struct, gc=False):
    """A part of an answer; one of another model is an adviser's answer."""

    input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    output_tokens: Count = 0
    cache_creation: Writes | None = None
    type: Text = None
    model: Text = None


Steps = Annotated[list[Step], msgspec.Meta(max_length=1000)]


class Usage(Step, gc=False):
    """What an answer has used so far."""

    server_tool_use: _Server | None = None
    service_tier: Text = None
    inference_geo: Text = None
    iterations: Steps | None = None
    speed: Text = None
    output_tokens_details: _Thinking | None = None


class Message(msgspec.Struct, gc=False):
    """An answer, or one block of it."""

    id: Text = None
    model: Text = None
    usage: Usage | None = None


class _Inner(msgspec.Struct, gc=False):
    message: Message | None = None
    requestId: Text = None


class _Progress(msgspec.Struct, gc=False):
    message: _Inner | None = None


class _Fork(msgspec.Struct, gc=False):
    sessionId: Text = None


class Line(msgspec.Struct, gc=False):
    """One line; an answer of a sub-agent may stand in the `data` of a line about its progress."""

    isSidechain: bool | None = None
    message: Message | None = None
    requestId: Text = None
    timestamp: Text = None
    cwd: Text = None
    sessionId: Text = None
    gitBranch: Text = None
    data: _Progress | None = None
    requestRef: Text = None
    costUSD: float | None = None
    forkedFrom: _Fork | None = None

    @property
    def usage(self) -> Usage | None:
        """What its own message has used."""
        return self.message.usage if self.message else None

    def take_output(self) -> int:
        """Take out how many tokens of output there are so far, and when: copies differ in that."""
        self.timestamp, usage = None, self.usage
        if usage is None:
            return 0
        output, usage.output_tokens = usage.output_tokens or 0, None
        return output

    def is_copy_of(self, other: Line) -> bool:
        """Whether both, their output taken out, tell of the same answer.

        Advisers have times of their own, so lines that tell of them are not left out.
        """
        return (
            self == other
            and self.message is not None
            and bool(self.message.id)
            and self.data is None
            and not (self.usage and self.usage.iterations)
        )


class LineDecoder:
    """Decodes the lines that tell of usage, without their content, which is most of them."""

    def __init__(self) -> None:
        self._decoder = Decoder(Line)
        self.take_unreadable = self._decoder.take_unreadable

    def records(self, data: bytes, start: int, end: int) -> list[Line]:
        """The records of the line between these places, none without usage; see `Decoder`."""
        if (record := self._without_content(data, start, end)) is not None:
            return [record]
        if data.find(_MARKER, start, end) < 0:
            return []
        return self._decoder.records(data[start:end])

    def _without_content(self, data: bytes, start: int, end: int) -> Line | None:
        """The record of a line, if it begins like an answer and its content is told apart."""
        message = data.find(_MESSAGE, start, min(start + _HEAD, end))
        if message < 0 or data.find(b"{", start + 1, message) >= 0:  # not the line's own
            return None
        if data.find(_USER, start, message) >= 0:
            return None
        inside = message + len(_MESSAGE)
        begin = data.find(_CONTENT, inside, inside + _BEFORE_CONTENT) + len(_CONTENT)
        stop = data.rfind(_STOP, begin, end)
        # With another message in between it may be that of a line glued to half of this one.
        if begin < inside or stop < 0 or data.find(b"{", inside, begin) >= 0:
            return None
        if data.find(_MESSAGE, begin, stop) >= 0:
            return None
        record = self._decoder.record(data[start:begin] + data[stop:end])
        # Without a time it was cut off together with what stood between message and end.
        return record if record and record.timestamp and record.usage else None
