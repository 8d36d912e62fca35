"""Codex: a rollout for each thread, with a record for each response, or running totals before.

Input includes what came from the cache and output what was thought. A fork, and a sub-agent,
has a file of its own that may begin with copies of its parent's events; see `codex_forks`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from ringlet.agents.usage.codex_counts import Counts, tokens_of
from ringlet.agents.usage.codex_forks import Inheritance
from ringlet.agents.usage.lines import Decoder, blocks, headed
from ringlet.agents.usage.logins import CodexLogin
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.agents.usage.times import milliseconds
from ringlet.domain.usage import Call
from ringlet.store.folder import Entry, Folder

_HEADS: Final = (
    b'"session_meta"', b'"turn_context"', b'"token_usage_record"', b'"token_count"',
    b'"thread_settings_applied"',
)  # fmt: skip
_HEAD_LENGTH: Final = 200
_HOME: Final = re.compile("/(?:archived_)?sessions/")
_UNIQUE: Final = 20
_TIERS: Final = {"priority": "priority", "fast": "priority", "flex": "flex"}


class _Info(msgspec.Struct):
    total_token_usage: Counts | None = None
    last_token_usage: Counts | None = None


class _Settings(msgspec.Struct):
    model: str | None = None
    service_tier: str | None = None


class _Git(msgspec.Struct):
    branch: str | None = None


class _Payload(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    thread_source: str | None = None
    source: Any = None
    cwd: str | None = None
    git: _Git | None = None
    model_provider: str | None = None
    model: str | None = None
    info: _Info | None = None
    thread_settings: _Settings | None = None
    thread_id: str | None = None
    response_id: str | None = None
    usage: Counts | None = None


class _Line(msgspec.Struct):
    type: str | None = None
    timestamp: str | None = None
    payload: _Payload | None = None


class _State(msgspec.Struct):
    """What the lines before said. `totals` are those of the last count in `epoch`."""

    thread: str = ""
    parent: str = ""
    sub_agent: bool = False
    cwd: str = ""
    branch: str = ""
    vendor: str = ""
    model: str = ""
    tier: str = ""
    recorded: bool = False
    epoch: int = 0
    totals: Counts | None = None
    inheritance: Inheritance = msgspec.field(default_factory=Inheritance)


class CodexReader:
    """Reads `.codex/sessions/**/*.jsonl` and the archived ones."""

    agent: Final = "codex"
    folders: Final = (AgentFolder(".codex", ("CODEX_HOME",)),)
    inside: Final = ("sessions", "archived_sessions")
    login: Final = CodexLogin()
    whole: Final = False
    sums_only: Final = False

    def __init__(self) -> None:
        self._decoder = Decoder(_Line)

    def wants(self, path: str) -> bool:
        """Rollouts."""
        return path.endswith(".jsonl")

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """See `Reader`."""
        rollout = _Rollout(msgspec.json.decode(state, type=_State) if state else _State())
        home = _HOME.split(entry.path, maxsplit=1)[0]
        totals_of = cache(lambda parent: self._totals(folder, home, parent))
        fd = folder.open(entry.path)
        try:
            for block in blocks(fd, offset):
                calls: list[Call] = []
                for line, _ in headed(block, _HEADS, _HEAD_LENGTH):
                    for record in self._decoder.records(line):
                        calls += rollout.feed(record, totals_of)
                yield Batch(calls, block.start + len(block.data), rollout.encode())
        finally:
            os.close(fd)

    def _totals(self, folder: Folder, home: str, thread: str) -> list[Counts] | None:
        """The running totals of a thread, each once, in order; None if its file is not there."""
        for name in self.inside:
            for entry in folder.files(f"{home}/{name}"):
                if entry.path.endswith(f"-{thread}.jsonl"):
                    return self._totals_in(folder, entry)
        return None

    def _totals_in(self, folder: Folder, entry: Entry) -> list[Counts]:
        found: list[Counts] = []
        fd = folder.open(entry.path)
        try:
            for block in blocks(fd, 0):
                for line, _ in headed(block, (b'"token_count"',), _HEAD_LENGTH):
                    for record in self._decoder.records(line):
                        total = _total(record)
                        if total is not None and (not found or total != found[-1]):
                            found.append(total)
        finally:
            os.close(fd)
        return found


class _Rollout:
    """Follows one file line by line."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def encode(self) -> bytes:
        return msgspec.json.encode(self._state)

    def feed(self, line: _Line, totals_of: Any) -> Iterator[Call]:
        payload, state = line.payload, self._state
        if payload is None:
            return
        if line.type == "session_meta":
            self._begin(payload, milliseconds(line.timestamp))
        elif line.type == "turn_context":
            state.model = payload.model or state.model
            state.cwd = payload.cwd or state.cwd
        elif payload.type == "thread_settings_applied" and payload.thread_settings:
            state.model = payload.thread_settings.model or state.model
            state.tier = _TIERS.get(payload.thread_settings.service_tier or "", "")
        elif (time := milliseconds(line.timestamp)) is None:
            return
        elif line.type == "token_usage_record" and payload.usage:
            state.recorded = True
            yield from self._call(self._record_id(payload, payload.usage), time, payload.usage)
        elif payload.type == "token_count" and not state.recorded:
            yield from self._count(payload, time, totals_of)

    def _begin(self, meta: _Payload, time: int | None) -> None:
        """The first of such lines is about this thread; others are copies of the parent's."""
        state = self._state
        if state.thread or not meta.id:
            return
        spawned = _spawned_by(meta.source)
        state.thread = meta.id
        state.parent = meta.forked_from_id or meta.parent_thread_id or spawned or ""
        state.sub_agent = meta.thread_source == "subagent" or bool(spawned)
        state.cwd = meta.cwd or ""
        state.branch = (meta.git and meta.git.branch) or ""
        state.vendor = meta.model_provider or ""
        state.inheritance.began = time or 0

    def _record_id(self, payload: _Payload, usage: Counts) -> str:
        """A response's own id; a short one is unique in its thread only."""
        response = payload.response_id or ""
        if len(response) >= _UNIQUE:
            return response
        thread = payload.thread_id or self._state.thread
        return "\0".join([thread, response, *map(str, msgspec.structs.astuple(usage))])

    def _count(self, payload: _Payload, time: int, totals_of: Any) -> Iterator[Call]:
        """What the totals grew by, unless it is the parent's growth."""
        state, info = self._state, payload.info
        if info is None or (total := info.total_token_usage) is None or total == state.totals:
            return
        before = state.totals
        if before is not None and total.fell(before):
            state.epoch += 1
            before = None
        state.totals = total
        if state.parent and state.inheritance.covers(
            total, info.last_token_usage, time, lambda: totals_of(state.parent)
        ):
            return
        growth = info.last_token_usage or (total.minus(before) if before else total)
        place = (state.thread, str(state.epoch), *map(str, msgspec.structs.astuple(total)))
        yield from self._call("\0".join(place), time, growth)

    def _call(self, native_id: str, time: int, counts: Counts) -> Iterator[Call]:
        state = self._state
        tokens = tokens_of(counts)
        if tokens.total:
            yield Call(
                source="codex",
                native_id=native_id,
                time=time,
                tokens=tokens,
                agent="codex",
                model=state.model,
                session=state.thread,
                project=state.cwd,
                branch=state.branch,
                sub_agent=state.sub_agent,
                service_tier=state.tier,
                vendor=state.vendor,
            )


def _total(line: _Line) -> Counts | None:
    if line.payload is None or line.payload.type != "token_count" or line.payload.info is None:
        return None
    return line.payload.info.total_token_usage


def _spawned_by(source: Any) -> str:
    """The parent of a sub-agent, in the files where only `source` tells it."""
    for name in ("subagent", "thread_spawn", "parent_thread_id"):
        source = source.get(name) if isinstance(source, dict) else None
    return source if isinstance(source, str) else ""
