"""Lines of Claude Code's transcripts, as far as they tell of usage."""

from __future__ import annotations

from typing import Final

import msgspec

from ringlet.agents.usage.lines import Decoder

_CONTENT: Final = b'"role":"assistant","content":['
_STOP: Final = b'],"stop_reason"'
_MESSAGE: Final = b'"message":{'
Count = int | None


class Writes(msgspec.Struct):
    """Tokens written to a cache, by how long they stay there."""

    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class _Server(msgspec.Struct):
    web_search_requests: Count = 0


class _Thinking(msgspec.Struct):
    thinking_tokens: Count = 0


class Step(msgspec.Struct):
    """A part of an answer; one of another model is an adviser's answer."""

    type: str | None = None
    model: str | None = None
    input_tokens: Count = 0
    output_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation: Writes | None = None


class Usage(Step):
    """What an answer has used so far."""

    output_tokens_details: _Thinking | None = None
    server_tool_use: _Server | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    iterations: list[Step] | None = None

    def is_copy_of(self, other: Usage) -> bool:
        """Whether both are the same but for how much output there is."""
        return msgspec.structs.replace(self, output_tokens=other.output_tokens) == other


class Message(msgspec.Struct):
    """An answer, or one block of it."""

    id: str | None = None
    model: str | None = None
    usage: Usage | None = None


class _Inner(msgspec.Struct):
    message: Message | None = None
    requestId: str | None = None


class _Progress(msgspec.Struct):
    message: _Inner | None = None


class _Fork(msgspec.Struct):
    sessionId: str | None = None


class Line(msgspec.Struct):
    """One line; an answer of a sub-agent may stand in the `data` of a line about its progress."""

    message: Message | None = None
    data: _Progress | None = None
    timestamp: str | None = None
    requestId: str | None = None
    requestRef: str | None = None
    sessionId: str | None = None
    isSidechain: bool | None = None
    cwd: str | None = None
    gitBranch: str | None = None
    costUSD: float | None = None
    forkedFrom: _Fork | None = None

    @property
    def output(self) -> int:
        """Tokens of output so far."""
        return (self.message and self.message.usage and self.message.usage.output_tokens) or 0

    def is_copy_of(self, other: Line) -> bool:
        """Whether both tell of the same answer, and the same but for how much output there is.

        Advisers have times of their own, so lines that tell of them are not left out.
        """
        one, two = self.message, other.message
        return (
            one is not None
            and two is not None
            and bool(one.id)
            and one.id == two.id
            and one.model == two.model
            and bool(self.requestId)
            and self.requestId == other.requestId
            and self.sessionId == other.sessionId
            and self.isSidechain == other.isSidechain
            and self.cwd == other.cwd
            and self.gitBranch == other.gitBranch
            and self.costUSD is other.costUSD is None
            and self.data is other.data is None
            and self.forkedFrom is other.forkedFrom is None
            and one.usage is not None
            and two.usage is not None
            and not one.usage.iterations
            and one.usage.is_copy_of(two.usage)
        )


class LineDecoder:
    """Decodes lines without their content, which is most of them."""

    def __init__(self) -> None:
        self._decoder = Decoder(Line)

    def records(self, line: bytes) -> list[Line]:
        """See `Decoder.records`."""
        begin = line.find(_CONTENT) + len(_CONTENT)
        end = line.find(_STOP, begin)
        # With a second end nobody knows which of them belongs to this beginning; with another
        # message in between neither does, for it may be that of a line glued to half of one.
        if (
            begin >= len(_CONTENT)
            and end >= 0
            and line.find(_MESSAGE, begin, end) < 0
            and line.find(_STOP, end + 1) < 0
        ):
            record = self._decoder.record(line[:begin] + line[end:])
            # Without a time it was cut off together with what stood between message and end.
            if record and record.timestamp and record.message and record.message.usage:
                return [record]
        return self._decoder.records(line)
