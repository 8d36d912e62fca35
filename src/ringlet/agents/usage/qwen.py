"""Qwen Code: a log of each chat, with the answers in it and a note of every response.

Background calls have only the note, and older versions wrote only the answers; most responses
have both. So the first answer and the first note with the same counts are one call, the second
ones another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from ringlet.agents.usage.lines import Decoder, Text, branch, marked, number
from ringlet.agents.usage.logs import Logs
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.agents.usage.times import milliseconds
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Entry, Folder

_RESPONSE: Final = "qwen-code.api_response"


class _Usage(msgspec.Struct, rename="camel"):
    prompt_token_count: int | None = 0
    cached_content_token_count: int | None = 0
    candidates_token_count: int | None = 0
    thoughts_token_count: int | None = 0
    total_token_count: int | None = 0


class _Event(msgspec.Struct):
    name: Text = msgspec.field(default=None, name="event.name")
    model: Text = None
    input_token_count: int | None = 0
    cached_content_token_count: int | None = 0
    output_token_count: int | None = 0
    thoughts_token_count: int | None = 0
    total_token_count: int | None = 0


class _System(msgspec.Struct):
    uiEvent: _Event | None = None


class _Line(msgspec.Struct):
    type: Text = None
    timestamp: Text = None
    sessionId: Text = None
    cwd: Text = None
    gitBranch: Text = None
    model: Text = None
    usageMetadata: _Usage | None = None
    systemPayload: _System | None = None


class _State(msgspec.Struct):
    """How many answers and notes with the same counts there were."""

    answers: dict[str, int] = {}
    notes: dict[str, int] = {}


class QwenReader:
    """Reads `.qwen/projects/<project>/chats/<session>.jsonl`."""

    agent: Final = "qwen"
    folders: Final = (AgentFolder(".qwen", ("QWEN_RUNTIME_DIR", "QWEN_HOME")),)
    inside: Final = ("projects",)
    login: Final = None
    whole: Final = False
    sums_only: Final = False

    def __init__(self) -> None:
        self._decoder = Decoder(_Line)
        self._logs = Logs()

    def wants(self, path: str) -> bool:
        """Chats."""
        pure = PurePosixPath(path)
        return pure.suffix == ".jsonl" and pure.parent.name == "chats"

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """See `Reader`."""
        seen = msgspec.json.decode(state, type=_State) if state else _State()
        session = PurePosixPath(entry.path).stem
        fd = folder.open(entry.path)
        try:
            for block in self._logs.blocks(fd, offset):
                calls: list[Call] = []
                for line, _ in marked(block, b"oken"):
                    for record in self._decoder.records(line):
                        calls += _call(record, session, seen)
                unreadable = block.too_long + self._decoder.take_unreadable()
                yield Batch(calls, block.end, msgspec.json.encode(seen), unreadable)
        finally:
            os.close(fd)


def _call(line: _Line, session: str, seen: _State) -> Iterator[Call]:
    event = line.systemPayload.uiEvent if line.systemPayload else None
    if line.type == "assistant" and line.usageMetadata:
        counts, model, times = msgspec.structs.astuple(line.usageMetadata), line.model, seen.answers
    elif event and event.name == _RESPONSE:
        counts, model, times = msgspec.structs.astuple(event)[2:], event.model, seen.notes
    else:
        return
    time, tokens = milliseconds(line.timestamp), _tokens(*counts)
    if time is None or not tokens.total:
        return
    identity = ":".join(map(str, msgspec.structs.astuple(tokens)))
    times[identity] = times.get(identity, 0) + 1
    yield Call(
        source="qwen",
        native_id=f"{session}\0{identity}\0{times[identity]}",
        time=time,
        tokens=tokens,
        agent="qwen",
        model=model or "",
        session=line.sessionId or session,
        project=line.cwd or "",
        branch=branch(line.gitBranch),
    )


def _tokens(prompt: Any, cached: Any, output: Any, thoughts: Any, total: Any) -> Tokens:
    """Whether thoughts are inside the output differs by provider; the total tells."""
    prompt, output, thoughts = number(prompt), number(output), number(thoughts)
    cached = min(number(cached), prompt)
    inside = number(total) == prompt + output or not number(total)
    return Tokens(
        input=prompt - cached,
        output=output if inside else output + thoughts,
        cache_read=cached,
        reasoning=min(thoughts, output) if inside else thoughts,
    )
