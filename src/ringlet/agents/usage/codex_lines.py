"""The lines of a rollout of Codex that say anything about usage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ringlet.agents.usage.codex_counts import Counts
from ringlet.agents.usage.lines import Text
from ringlet.agents.usage.logs import Block

# Lines begin with a time of always the same length; then some have their number.
_PLACE: Final = len('{"timestamp":"2026-11-25T22:17:10.500Z",')
_ORDINAL: Final = b'"ordinal":'
_DIGITS: Final = 20
_TYPES: Final = (
    b'"session_meta"', b'"turn_context"', b'"token_usage_record"', b'"compacted"',
    b'"inter_agent_communication"', b'"inter_agent_communication_metadata"',
)  # fmt: skip
_EVENTS: Final = (b'"token_count"', b'"thread_settings_applied"', b'"task_started"')
_EVENT: Final = b'"type":"event_msg","payload":{"type":'
_WANTED: Final = (*(b'"type":' + name for name in _TYPES), *(_EVENT + name for name in _EVENTS))
_OTHERS: Final = (b'"type":"response_item"', b'"type":"world_state"', _EVENT)
_HEAD: Final = 200


class Info(msgspec.Struct):
    """The running totals of a thread, and what the last answer added."""

    total_token_usage: Counts | None = None
    last_token_usage: Counts | None = None


class Settings(msgspec.Struct):
    model: Text = None
    service_tier: Text = None


class Git(msgspec.Struct):
    branch: Text = None


class Record(msgspec.Struct):
    """One response of the model."""

    thread_id: Text = None
    response_id: Text = None
    usage: Counts | None = None


class _Spawn(msgspec.Struct):
    parent_thread_id: Text = None


class SubAgent(msgspec.Struct):
    thread_spawn: _Spawn | None = None


class Source(msgspec.Struct):
    """What started a thread, if that was another one."""

    subagent: SubAgent | Text = None


class Payload(msgspec.Struct):
    """What any of the lines may have."""

    type: Text = None
    id: Text = None
    forked_from_id: Text = None
    parent_thread_id: Text = None
    subagent_history_start_ordinal: int | None = None
    thread_source: Text = None
    source: Source | Text = None
    cwd: Text = None
    git: Git | None = None
    model_provider: Text = None
    model: Text = None
    info: Info | None = None
    thread_settings: Settings | None = None
    thread_id: Text = None
    response_id: Text = None
    usage: Counts | None = None
    turn_id: Text = None
    trigger_turn: bool | None = None
    compaction_response_id: Text = None
    latest_token_usage_record: Record | None = None


class Line(msgspec.Struct):
    """One line; `ordinal` is its number in the thread."""

    type: Text = None
    timestamp: Text = None
    ordinal: int | None = None
    payload: Payload | None = None

    @property
    def kind(self) -> str | None:
        """What it is about; for events, their own type."""
        if self.type == "event_msg" and self.payload is not None:
            return self.payload.type
        return self.type


def telling(block: Block) -> Iterator[bytes]:
    """The lines that may say something; what Codex writes is told apart by its first bytes."""
    data, position = block.data, 0
    size = len(data)
    while position < size:
        end = data.find(b"\n", position)
        end = size if end < 0 else end
        place = position + _PLACE
        if data.startswith(_ORDINAL, place):
            place = data.find(b",", place, place + len(_ORDINAL) + _DIGITS) + 1
        if data.startswith(_WANTED, place) or (
            not data.startswith(_OTHERS, place)
            and _names_any(data[position : min(end, position + _HEAD)])
        ):
            yield data[position:end]
        position = end + 1


def _names_any(head: bytes) -> bool:
    """Whether a line of another shape may be one of them: one that hides its type may, too."""
    return b'"type"' not in head or any(name in head for name in (*_TYPES, *_EVENTS))
