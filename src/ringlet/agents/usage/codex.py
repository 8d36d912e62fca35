"""Codex: a rollout for each thread, with a record for each response, or running totals before.

Input includes what came from the cache and output what was thought. A fork, and a sub-agent,
has a file of its own that may begin with copies of its parent's events; see `codex_forks`.

The events that `codex exec --json` prints (`turn.completed`) are not read: Codex writes no file
of them, they hold the sum of a turn without its id, model or time, and what they add up is in
the rollout of the same run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final, TypeAlias

import msgspec

from ringlet.agents.usage.codex_counts import Counts, Numbers, fell, growth, tokens_of
from ringlet.agents.usage.codex_forks import Inheritance
from ringlet.agents.usage.codex_lines import Line, Payload, Record, Source, SubAgent, telling
from ringlet.agents.usage.codex_parents import ARCHIVED, SESSIONS, Parents
from ringlet.agents.usage.lines import Decoder
from ringlet.agents.usage.logins import CodexLogin
from ringlet.agents.usage.logs import Logs
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.agents.usage.times import milliseconds
from ringlet.domain.usage import Call
from ringlet.store.folder import Entry, Folder

_HOME: Final = re.compile("/(?:archived_)?sessions/")
_UNIQUE: Final = 20
_TIERS: Final = {"priority": "priority", "fast": "priority", "flex": "flex"}

TotalsOf: TypeAlias = Callable[[str, int], Sequence[Numbers] | None]
"""The totals of a thread up to a time; None if they are lost."""


class _State(msgspec.Struct):
    """What the lines before said.

    `recorded` is whether responses have records, `response` the last of these, `totals` those of
    the last count in `epoch`.
    """

    thread: str = ""
    parent: str = ""
    sub_agent: bool = False
    cwd: str = ""
    branch: str = ""
    vendor: str = ""
    model: str = ""
    tier: str = ""
    recorded: bool = False
    response: str = ""
    epoch: int = 0
    totals: Numbers | None = None
    inheritance: Inheritance = msgspec.field(default_factory=Inheritance)


class CodexReader:
    """Reads `.codex/sessions/**/*.jsonl` and the archived ones."""

    agent: Final = "codex"
    folders: Final = (AgentFolder(".codex", ("CODEX_HOME",)),)
    inside: Final = (SESSIONS, ARCHIVED)
    login: Final = CodexLogin()
    whole: Final = False
    sums_only: Final = False

    def __init__(self) -> None:
        self._decoder = Decoder(Line)
        self._logs = Logs()
        self._parents = Parents(self._decoder)

    def wants(self, path: str) -> bool:
        """Rollouts."""
        return path.endswith(".jsonl")

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """See `Reader`."""
        rollout = _Rollout(msgspec.json.decode(state, type=_State) if state else _State())
        home = _HOME.split(entry.path, maxsplit=1)[0]
        totals_of = cache(lambda parent, forked: self._parents.totals(folder, home, parent, forked))
        fd = folder.open(entry.path)
        try:
            for block in self._logs.blocks(fd, offset):
                calls = [
                    call
                    for line in telling(block)
                    for record in self._decoder.records(line)
                    if (call := rollout.feed(record, totals_of)) is not None
                ]
                unreadable = block.too_long + self._decoder.take_unreadable()
                yield Batch(calls, block.end, rollout.encode(), unreadable)
        finally:
            os.close(fd)


class _Rollout:
    """Follows one file line by line."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def encode(self) -> bytes:
        return msgspec.json.encode(self._state)

    def feed(self, line: Line, totals_of: TotalsOf) -> Call | None:
        """The answer that a line tells of, if any."""
        payload, state = line.payload, self._state
        if payload is None:
            return None
        match line.kind:
            case "token_count":
                return None if state.recorded else self._count(line, payload, totals_of)
            case "token_usage_record":
                return self._record(line, payload)
            case "compacted":
                return self._compacted(line, payload)
            case "turn_context":
                state.model = payload.model or state.model
                state.cwd = payload.cwd or state.cwd
            case "thread_settings_applied" if payload.thread_settings:
                state.model = payload.thread_settings.model or state.model
                state.tier = _TIERS.get(payload.thread_settings.service_tier or "", "")
            case "task_started":
                state.inheritance.turn_begins(state.thread, payload.turn_id or "")
            case "inter_agent_communication" | "inter_agent_communication_metadata":
                if payload.trigger_turn:
                    state.inheritance.trigger()
            case "session_meta":
                self._begin(payload, milliseconds(line.timestamp))
        return None

    def _begin(self, meta: Payload, time: int | None) -> None:
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
        state.inheritance.forked = time or 0
        state.inheritance.first_own = meta.subagent_history_start_ordinal or 0

    def _record(self, line: Line, record: Payload | Record) -> Call | None:
        """A response's own record. The running totals miss some of these, and add none."""
        state, usage = self._state, record.usage
        if usage is None or (time := milliseconds(line.timestamp)) is None:
            return None
        state.recorded = True
        state.response = record.response_id or ""
        return self._call(self._response_id(record, usage), time, usage.numbers())

    def _compacted(self, line: Line, payload: Payload) -> Call | None:
        """The response that made a summary. It has a record, too, on a line of its own."""
        record, state = payload.latest_token_usage_record, self._state
        if record is None or record.response_id in (None, "", state.response):
            return None
        return (
            self._record(line, record)
            if record.response_id == payload.compaction_response_id
            else None
        )

    def _response_id(self, record: Payload | Record, usage: Counts) -> str:
        """A response's own id; a short one is unique in its thread only."""
        response = record.response_id or ""
        if len(response) >= _UNIQUE:
            return response
        thread = record.thread_id or self._state.thread
        return "\0".join([thread, response, *map(str, usage.numbers())])

    def _count(self, line: Line, payload: Payload, totals_of: TotalsOf) -> Call | None:
        """What the totals grew by, unless it is the parent's growth."""
        state, info = self._state, payload.info
        if info is None or info.total_token_usage is None:
            return None
        total, before = info.total_token_usage.numbers(), state.totals
        if total == before or (time := milliseconds(line.timestamp)) is None:
            return None
        if before is not None and fell(total, before):
            state.epoch += 1
            before = None
        state.totals = total
        last = info.last_token_usage.numbers() if info.last_token_usage else None
        if state.parent and state.inheritance.covers(
            total, last, time, line.ordinal,
            lambda: totals_of(state.parent, state.inheritance.forked),
        ):  # fmt: skip
            return None
        place = (state.thread, str(state.epoch), *map(str, total))
        grown = last or (growth(total, before) if before else total)
        return self._call("\0".join(place), time, grown)

    def _call(self, native_id: str, time: int, numbers: Numbers) -> Call | None:
        state = self._state
        tokens = tokens_of(numbers)
        if not tokens.total:
            return None
        return Call(
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


def _spawned_by(source: Source | str | None) -> str:
    """The parent of a sub-agent, in the files where only `source` tells it."""
    if not isinstance(source, Source) or not isinstance(source.subagent, SubAgent):
        return ""
    spawn = source.subagent.thread_spawn
    return (spawn and spawn.parent_thread_id) or ""
