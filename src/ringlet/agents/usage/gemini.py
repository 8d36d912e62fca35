"""Gemini CLI: a log of messages for each chat.

Input includes what came from the cache; thoughts, and what tools were asked with, stand beside
output and input.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

import msgspec

from ringlet.agents.usage.lines import Decoder, Text, marked, number
from ringlet.agents.usage.logins import GeminiLogin
from ringlet.agents.usage.logs import Logs
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.agents.usage.times import milliseconds
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Entry, Folder


class _Tokens(msgspec.Struct):
    input: int | None = 0
    output: int | None = 0
    cached: int | None = 0
    thoughts: int | None = 0
    tool: int | None = 0


class _Line(msgspec.Struct):
    id: Text = None
    type: Text = None
    timestamp: Text = None
    model: Text = None
    tokens: _Tokens | None = None


class GeminiReader:
    """Reads `.gemini/tmp/<project>/chats/session-*.jsonl`."""

    agent: Final = "gemini"
    folders: Final = (AgentFolder(".gemini", ("GEMINI_CLI_HOME/.gemini",)),)
    inside: Final = ("tmp",)
    login: Final = GeminiLogin()
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
        """See `Reader`; chats need no state."""
        fd = folder.open(entry.path)
        session = PurePosixPath(entry.path).stem
        try:
            for block in self._logs.blocks(fd, offset):
                calls: list[Call] = []
                for line, start in marked(block, b'"tokens"'):
                    for record in self._decoder.records(line):
                        calls += _call(record, session, start)
                unreadable = block.too_long + self._decoder.take_unreadable()
                yield Batch(calls, block.end, b"", unreadable)
        finally:
            os.close(fd)


def _call(line: _Line, session: str, start: int) -> Iterator[Call]:
    time = milliseconds(line.timestamp)
    if line.type != "gemini" or line.tokens is None or time is None:
        return
    counts = line.tokens
    prompt = number(counts.input)
    cached = min(number(counts.cached), prompt)
    thoughts = number(counts.thoughts)
    tokens = Tokens(
        input=prompt - cached + number(counts.tool),
        output=number(counts.output) + thoughts,
        cache_read=cached,
        reasoning=thoughts,
    )
    if tokens.total:
        yield Call(
            source="gemini",
            native_id=f"{session}\0{line.id or start}",
            time=time,
            tokens=tokens,
            agent="gemini",
            model=line.model or "",
            session=session,
        )
