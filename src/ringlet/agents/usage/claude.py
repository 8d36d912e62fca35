"""Claude Code: a transcript for each session, a line for each block of an answer.

All lines of one answer carry its id and its usage so far; a fork copies lines of its parent
into a file of its own. So an answer is known by its id, wherever a copy of it lies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import msgspec

from ringlet.agents.usage.claude_lines import Line, LineDecoder, Message, Step, Usage
from ringlet.agents.usage.lines import branch, number, spans
from ringlet.agents.usage.logins import ANTHROPIC, ClaudeLogin
from ringlet.agents.usage.logs import Block, Logs
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.agents.usage.times import milliseconds
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Entry, Folder

_UNIQUE: Final = 20
_SYNTHETIC: Final = "<synthetic>"
_NOTHING: Final = Tokens()


class ClaudeReader:
    """Reads `.claude/projects/**/*.jsonl`, those of sub-agents included."""

    agent: Final = "claude"
    folders: Final = (
        AgentFolder(".claude", ("CLAUDE_CONFIG_DIR",)),
        AgentFolder(".config/claude", ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME/claude")),
    )
    inside: Final = ("projects",)
    login: Final = ClaudeLogin()
    whole: Final = False
    sums_only: Final = False

    def __init__(self) -> None:
        self._decoder = LineDecoder()
        self._logs = Logs()

    def wants(self, path: str) -> bool:
        """Transcripts."""
        return path.endswith(".jsonl")

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """See `Reader`; transcripts need no state."""
        path = f"{folder.path}/{entry.path}"
        fd = folder.open(entry.path)
        try:
            for block in self._logs.blocks(fd, offset):
                calls: list[Call] = []
                for line, time, start in self._answers(block):
                    _add(calls, line, time, f"{path}:{block.start + start}")
                unreadable = block.too_long + self._decoder.take_unreadable()
                yield Batch(calls, block.end, b"", unreadable)
        finally:
            os.close(fd)

    def _answers(self, block: Block) -> Iterator[tuple[Line, int, int]]:
        """The lines that count, each with its time and where it begins in the block.

        Of lines in a row that tell of the same answer all but one are left out here already, for
        there are many: an answer has a line for each of its blocks.
        """
        latest: Line | None = None
        best = 0, 0, 0  # most output, then the earliest
        for start, end in spans(block.data):
            for line in self._decoder.records(block.data, start, end):
                time = milliseconds(line.timestamp)
                if time is None:
                    continue
                now = line.take_output(), -time, start
                if latest is None or not line.is_copy_of(latest):
                    if latest is not None:
                        yield _settled(latest, best)
                    latest, best = line, now
                elif now[:2] > best[:2]:
                    best = now
        if latest is not None:
            yield _settled(latest, best)


def _settled(line: Line, best: tuple[int, int, int]) -> tuple[Line, int, int]:
    """A line with its output put back; its time, and where it begins."""
    output, earliest, start = best
    if line.usage is not None:
        line.usage.output_tokens = output
    return line, -earliest, start


def _add(calls: list[Call], line: Line, time: int, place: str) -> None:
    """Add the answer of a line, and those of advisers asked meanwhile."""
    message, request, inner = line.message, line.requestId, False
    if line.data and line.data.message and line.data.message.message:
        message, request, inner = line.data.message.message, line.data.message.requestId, True
    if message is None or (usage := message.usage) is None or message.model == _SYNTHETIC:
        return
    request = request or line.requestRef or ""
    session = (line.forkedFrom and line.forkedFrom.sessionId) or line.sessionId or ""
    native, replay = _identity(message, request, session) or (place, "")
    call = Call(
        source="claude",
        native_id=native,
        time=time,
        tokens=_tokens(usage),
        agent="claude",
        model=message.model or "",
        session=session,
        project=line.cwd or "",
        branch=branch(line.gitBranch),
        sub_agent=inner or bool(line.isSidechain),
        service_tier=_tier(usage),
        inference_geo=usage.inference_geo or "",
        reported_cost_nano=None if line.costUSD is None else _nano(line.costUSD),
        replay_id=replay,
        request_id=request,
        vendor=_vendor(message.id or ""),
    )
    if call.tokens != _NOTHING:
        calls.append(call)
    if usage.iterations:
        calls += _advisers(usage.iterations, call)


def _vendor(answer: str) -> str:
    """Ids of other vendors, and of clouds that serve the same models, look different."""
    own = len(answer) >= _UNIQUE and answer.startswith("msg_")
    return ANTHROPIC if own and not answer.startswith(("msg_bdrk_", "msg_vrtx_")) else ""


def _identity(message: Message, request: str, session: str) -> tuple[str, str] | None:
    """The native id of an answer, and its replay id if side chains may copy it under another.

    None if the answer has no id, so that only its place tells it apart.
    """
    if not message.id:
        return None
    if message.id.startswith("msg_") and len(message.id) >= _UNIQUE:
        return message.id, ""
    if request:
        return f"{message.id}\0{request}", f"{message.id}\0{session}"
    usage = message.usage or Usage()
    prompt = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
    return "\0".join([message.id, session, *(str(number(count)) for count in prompt)]), ""


def _tokens(usage: Step) -> Tokens:
    split = usage.cache_creation
    hour = number(split.ephemeral_1h_input_tokens) if split else 0
    short = number(split.ephemeral_5m_input_tokens) if split else 0
    written = number(usage.cache_creation_input_tokens) - hour
    details = server = None
    if isinstance(usage, Usage):
        details, server = usage.output_tokens_details, usage.server_tool_use
    return Tokens(
        number(usage.input_tokens),
        number(usage.output_tokens),
        number(usage.cache_read_input_tokens),
        short if short > written else written,
        hour,
        number(details.thinking_tokens) if details else 0,
        number(server.web_search_requests) if server else 0,
    )


def _tier(usage: Usage) -> str:
    if usage.speed == "fast":
        return "fast"
    return "" if usage.service_tier in (None, "standard") else str(usage.service_tier)


def _nano(dollars: float) -> int | None:
    return round(dollars * 1_000_000_000) if 0 <= dollars < 1_000_000 else None


def _advisers(steps: list[Step], call: Call) -> Iterator[Call]:
    """Answers of other models that were asked within this one, each under its own model."""
    for index, step in enumerate(steps):
        if step.type == "advisor_message" and step.model:
            yield msgspec.structs.replace(
                call,
                native_id=f"{call.native_id}\0adviser\0{index}",
                tokens=_tokens(step),
                model=step.model,
                reported_cost_nano=None,
                replay_id="",
                request_id="",
            )
