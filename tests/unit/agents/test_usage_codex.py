"""What counts in rollouts of Codex."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.usage_world import calls, once, write

from ringlet.agents.usage.codex import CodexReader
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Folder

T0 = "2026-11-25T22:17:10.500Z"
Line = dict[str, Any]


def counts(prompt: int, cached: int = 0, output: int = 0, thought: int = 0) -> dict[str, int]:
    return {
        "input_tokens": prompt,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": thought,
        "total_tokens": prompt + output,
    }


def meta(thread: str = "t1", time: str = T0, **payload: Any) -> Line:
    payload = {"id": thread, "cwd": "/code/app", "git": {"branch": "main"}, **payload}
    return {"timestamp": time, "type": "session_meta", "payload": payload}


def turn(model: str = "gpt-6-sol") -> Line:
    return {
        "timestamp": T0,
        "type": "turn_context",
        "payload": {"model": model, "cwd": "/code/app"},
    }


def record(response: str, usage: dict[str, int], thread: str = "t1") -> Line:
    payload = {"thread_id": thread, "response_id": response, "usage": usage}
    return {"timestamp": T0, "type": "token_usage_record", "payload": payload}


def total(
    totals: dict[str, int] | None, last: dict[str, int] | None = None, time: str = T0
) -> Line:
    info = None if totals is None else {"total_token_usage": totals, "last_token_usage": last}
    payload = {"type": "token_count", "info": info, "rate_limits": {}}
    return {"timestamp": time, "type": "event_msg", "payload": payload}


def rollout(home: Path, thread: str, *lines: Line, archived: bool = False) -> Path:
    folder = ".codex/archived_sessions" if archived else ".codex/sessions/2026/11/25"
    return write(home / folder / f"rollout-2026-11-25T22-17-10-{thread}.jsonl", *lines)


def sums(found: list[Call]) -> tuple[int, int, int]:
    tokens = once(found).values()
    return (
        sum(t.input for t in tokens),
        sum(t.cache_read for t in tokens),
        sum(t.output for t in tokens),
    )


def read(home: Path) -> list[Call]:
    return calls(CodexReader(), home)


ID = "resp_0123456789abcdef0123"


def test_a_response_with_everything_about_it(own_home: Path) -> None:
    usage = counts(175, 30, 20, 3) | {"cache_write_input_tokens": 45}
    rollout(own_home, "t1", meta(), turn(), record(ID, usage))
    (call,) = read(own_home)
    assert call == Call(
        source="codex",
        native_id=ID,
        time=1_795_645_030_500,
        tokens=Tokens(input=100, output=20, cache_read=30, cache_write_5m=45, reasoning=3),
        agent="codex",
        model="gpt-6-sol",
        session="t1",
        project="/code/app",
        branch="main",
    )


A, B, C = counts(100, 40, 10), counts(250, 90, 30), counts(251, 90, 30)
GROWTH = [
    ("one count", [total(A)], (60, 40, 10)),
    ("unchanged totals are nothing", [total(A), total(A), total(A)], (60, 40, 10)),
    ("growth without the last usage", [total(A), total(B)], (160, 90, 30)),
    ("the last usage counts", [total(A), total(B, counts(7, 0, 2))], (67, 40, 12)),
    ("unchanged totals although the last usage differs",
     [total(A), total(A, counts(7, 0, 2))], (60, 40, 10)),
    ("falling totals begin anew", [total(B), total(A)], (220, 130, 40)),
    ("falling, then the same totals as before", [total(A), total(B), total(A), total(B)],
     (320, 180, 60)),
    ("no info", [total(None), total(A)], (60, 40, 10)),
    ("more cached than input", [total(counts(10, 40, 1))], (0, 10, 1)),
    ("responses make totals worthless", [record(ID, A), total(A), record(ID + "b", A), total(B)],
     (120, 80, 20)),
    ("the same response twice", [record(ID, A), record(ID, A)], (60, 40, 10)),
    ("a short response id twice", [record("r1", A), record("r1", A)], (60, 40, 10)),
    ("a short response id with other counts", [record("r1", A), record("r1", B)], (220, 130, 40)),
    ("an answer without tokens", [record(ID, counts(0))], (0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "lines", "expected"), GROWTH, ids=[row[0] for row in GROWTH])
def test_growth(own_home: Path, what: str, lines: list[Line], expected: Any) -> None:
    rollout(own_home, "t1", meta(), turn(), *lines)
    assert sums(read(own_home)) == expected, what


def test_a_thread_in_two_files_counts_once(own_home: Path) -> None:
    rollout(own_home, "t1", meta(), turn(), total(A), total(B))
    rollout(own_home, "t1", meta(), turn(), total(A), archived=True)
    assert sums(read(own_home)) == (160, 90, 30)


def test_the_model_and_the_tier_are_those_of_the_moment(own_home: Path) -> None:
    fast = {"type": "thread_settings_applied", "thread_settings": {"service_tier": "fast"}}
    settings = {"timestamp": T0, "type": "event_msg", "payload": fast}
    lines = [record(ID, A), turn("gpt-6.1-sol"), settings, record(ID + "b", A)]
    rollout(own_home, "t1", meta(), turn(), *lines)
    found = read(own_home)
    assert [(c.model, c.service_tier) for c in found] == [
        ("gpt-6-sol", ""),
        ("gpt-6.1-sol", "priority"),
    ]


PARENT = [total(A, A), total(B, counts(150, 50, 20))]
OWN = counts(300, 100, 35)
LATER = "2026-11-25T23:30:00Z"
FORKS = [
    ("nothing copied", [total(OWN, counts(50, 10, 5), LATER)]),
    ("everything copied", [*PARENT, total(OWN, counts(50, 10, 5), LATER)]),
    ("everything copied, own answer at once", [*PARENT, total(OWN, counts(50, 10, 5))]),
    ("a part copied", [PARENT[0], total(counts(150, 50, 15), counts(50, 10, 5), LATER)]),
]


# Without the parent nothing tells an answer within a second from a copy.
LOST = [row for row in FORKS if "at once" not in row[0]]
CASES = [(*row, True) for row in FORKS] + [(*row, False) for row in LOST]


@pytest.mark.parametrize(("what", "lines", "parent_is_there"), CASES)
def test_what_a_fork_inherits_is_its_parents(
    own_home: Path, what: str, lines: list[Line], parent_is_there: bool
) -> None:
    if parent_is_there:
        rollout(own_home, "t1", meta(), turn(), *PARENT)
    rollout(own_home, "t2", meta("t2", forked_from_id="t1"), meta(), turn(), *lines)
    own = [call for call in read(own_home) if call.session == "t2"]
    assert sums(own) == (40, 10, 5), what


def test_copies_of_responses_in_a_fork_are_the_same_responses(own_home: Path) -> None:
    rollout(own_home, "t1", meta(), turn(), record(ID, A))
    fork = [record(ID, A), record(ID + "b", A, "t2")]
    rollout(own_home, "t2", meta("t2", forked_from_id="t1"), turn(), *fork)
    assert sums(read(own_home)) == (120, 80, 20)


SUB_AGENTS = [
    {"thread_source": "subagent", "parent_thread_id": "t1"},
    {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "t1"}}}},
]


@pytest.mark.parametrize("payload", SUB_AGENTS)
def test_a_sub_agent_counts_for_itself(own_home: Path, payload: Line) -> None:
    rollout(own_home, "t2", meta("t2", **payload), meta("t1"), turn(), record(ID, A, "t2"))
    (call,) = read(own_home)
    assert (call.session, call.sub_agent) == ("t2", True)


@pytest.mark.parametrize("cut", range(1, 6))
def test_reading_in_two_goes_is_reading_in_one(own_home: Path, cut: int) -> None:
    rollout(own_home, "t1", meta(), turn(), *PARENT)
    lines = [meta("t2", forked_from_id="t1"), turn(), *PARENT, total(OWN), total(C), total(A)]
    whole = rollout(own_home, "t2", *lines)
    expected = [call for call in read(own_home) if call.session == "t2"]
    whole.unlink()
    rollout(own_home, "t2", *lines[:cut])
    reader, found = CodexReader(), []
    offset, state = 0, b""
    for more in (lines[cut:], []):
        with Folder(own_home) as folder:
            (entry,) = [e for e in folder.files(".codex/sessions") if e.path.endswith("t2.jsonl")]
            for batch in reader.read(folder, entry, offset, state):
                found += batch.calls
                offset, state = batch.offset, batch.state
        rollout(own_home, "t2", *more)
    assert found == expected


def compacted(response: str, latest: Line | None) -> Line:
    payload: Line = {"message": "…", "replacement_history": [], "compaction_response_id": response}
    if latest is not None:
        payload["latest_token_usage_record"] = latest["payload"]
    return {"timestamp": LATER, "type": "compacted", "payload": payload}


SUMMARY = record(ID + "s", counts(250, 90, 20))
BEFORE = [record(ID, A), total(A, A)]
COMPACTIONS = [
    ("its record is there", [*BEFORE, SUMMARY, compacted(ID + "s", SUMMARY)], (220, 130, 30)),
    ("only its mark is there", [*BEFORE, compacted(ID + "s", SUMMARY)], (220, 130, 30)),
    ("the mark has no record", [*BEFORE, SUMMARY, compacted(ID + "s", None)], (220, 130, 30)),
    ("the mark repeats another record", [*BEFORE, compacted(ID + "s", BEFORE[0])], (60, 40, 10)),
    ("it was made elsewhere, beside the totals",
     [*BEFORE, SUMMARY, compacted(ID + "s", SUMMARY), total(A, counts(0)),
      record(ID + "b", A), total(counts(200, 80, 20), A)], (280, 170, 40)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "lines", "expected"), COMPACTIONS, ids=[row[0] for row in COMPACTIONS]
)
def test_a_summary_of_the_conversation_is_an_answer_like_others(
    own_home: Path, what: str, lines: list[Line], expected: Any
) -> None:
    rollout(own_home, "t1", meta(), turn(), *lines)
    assert sums(read(own_home)) == expected, what


def test_what_the_mark_of_a_summary_repeats_keeps_its_own_time(own_home: Path) -> None:
    rollout(own_home, "t1", meta(), SUMMARY, compacted(ID + "s", SUMMARY))
    (call,) = read(own_home)
    assert call.time == 1_795_645_030_500


# Ids of version 7 begin with a time: the parent, its turn, then the fork and a turn of its own.
PARENT_ID = "01a218fd-2b85-75d2-9558-9f87228b6e35"
PARENT_TURN = "01a218fd-2b98-7aa2-9e53-9d72e4f739f6"
FORK_ID = "01a218fd-2c05-75b1-b9aa-e0ba813ae3c9"
OWN_TURN = "01a218fd-2c18-78c3-af08-0a028e788000"
SPAWNED = {"subagent": {"thread_spawn": {"parent_thread_id": PARENT_ID}}}
TRIGGER = {"type": "inter_agent_communication_metadata", "payload": {"trigger_turn": True}}
NO_TRIGGER = {"type": "inter_agent_communication_metadata", "payload": {"trigger_turn": False}}
ANSWER = total(OWN, counts(50, 10, 5))


def started(turn_id: str | None) -> Line:
    payload = {"type": "task_started"} | ({"turn_id": turn_id} if turn_id else {})
    return {"timestamp": T0, "type": "event_msg", "payload": payload}


SLOW = [total(A, A), total(B, counts(150, 50, 20), "2026-11-25T22:17:13.500Z")]
MARKED = [
    ("an own turn, and its answer at once", [*PARENT, started(OWN_TURN), ANSWER]),
    ("a copied turn whose copies took long", [started(PARENT_TURN), *SLOW, started(OWN_TURN),
                                              ANSWER]),
    ("a turn without a time, then the message", [started("1"), *PARENT, started(None), TRIGGER,
                                                 ANSWER]),
    ("the older name of the message", [*PARENT, TRIGGER | {"type": "inter_agent_communication"},
                                       ANSWER]),
    ("a copied message", [started(PARENT_TURN), TRIGGER, *PARENT, started(OWN_TURN), TRIGGER,
                          ANSWER]),
    ("a message that starts nothing", [NO_TRIGGER, *PARENT, TRIGGER, ANSWER]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "lines"), MARKED, ids=[row[0] for row in MARKED])
def test_marks_tell_what_is_inherited_from_a_lost_parent(
    own_home: Path, what: str, lines: list[Line]
) -> None:
    rollout(own_home, FORK_ID, meta(FORK_ID, source=SPAWNED), meta(PARENT_ID), turn(), *lines)
    assert sums(read(own_home)) == (40, 10, 5), what


@pytest.mark.parametrize(("boundary", "expected"), [(4, (40, 10, 5)), (3, (140, 60, 25))])
def test_the_number_of_the_first_own_line_decides(
    own_home: Path, boundary: int, expected: Any
) -> None:
    first = meta("t2", forked_from_id="t1", subagent_history_start_ordinal=boundary)
    numbered = [
        {"timestamp": line["timestamp"], "ordinal": number} | line
        for number, line in enumerate([first, turn(), *PARENT, ANSWER])
    ]
    rollout(own_home, "t2", *numbered)
    assert sums(read(own_home)) == expected


def test_what_the_parent_counts_after_the_fork_is_no_copy(own_home: Path) -> None:
    rollout(own_home, "t1", meta(), turn(), *PARENT, total(OWN, counts(50, 10, 5), LATER))
    own = total(OWN, counts(50, 10, 5), LATER)
    rollout(own_home, "t2", meta("t2", forked_from_id="t1"), turn(), *PARENT, own)
    assert [sums([c for c in read(own_home) if c.session == name]) for name in ("t1", "t2")] == [
        (200, 100, 35),
        (40, 10, 5),
    ]


def test_a_fork_may_have_the_last_turns_of_its_parent_only(own_home: Path) -> None:
    rollout(own_home, "t1", meta(), turn(), *PARENT)
    own = total(OWN, counts(50, 10, 5), LATER)
    rollout(own_home, "t2", meta("t2", forked_from_id="t1"), turn(), PARENT[1], own)
    assert sums([call for call in read(own_home) if call.session == "t2"]) == (40, 10, 5)


@pytest.mark.parametrize("day", ["2026/11/25", "2026/11/26", "2026/11/27"])
def test_the_parent_is_found_by_the_day_of_its_id_in_any_time_zone(
    own_home: Path, day: str
) -> None:
    name = f"rollout-2026-11-26T18-00-00-{PARENT_ID}.jsonl"
    write(own_home / ".codex/sessions" / day / name, meta(PARENT_ID), *SLOW)
    first = meta("t2", "2026-11-25T22:18:00.000Z", forked_from_id=PARENT_ID)
    rollout(own_home, "t2", first, turn(), SLOW[0], SLOW[1], ANSWER)
    assert sums([call for call in read(own_home) if call.session == "t2"]) == (40, 10, 5)


SPACED = json.dumps(total(A, A)) + "\n"
TIGHT = json.dumps(total(A, A), separators=(",", ":")) + "\n"
SHAPES = [
    ("with spaces", SPACED),
    ("without", TIGHT),
    ("with a number", TIGHT.replace('"type":"event', '"ordinal":12345,"type":"event', 1)),
    ("another time", TIGHT.replace("500Z", "500+00:00", 1)),
    ("its payload first", json.dumps(dict(reversed(total(A, A).items()))) + "\n"),
    ("other members first", TIGHT.replace('{"type":"token', '{"turn":1,"type":"token', 1)),
    ("after short lines", "\n{}\n" + TIGHT + "[]\n"),
    ("after a line about something else",
     TIGHT.replace("event_msg", "response_item").replace("token_count", "message") + TIGHT),
    ("after an event of another kind", TIGHT.replace("token_count", "item_completed") + TIGHT),
]  # fmt: skip


@pytest.mark.parametrize(("what", "text"), SHAPES, ids=[row[0] for row in SHAPES])
def test_a_count_is_found_however_its_line_is_written(own_home: Path, what: str, text: str) -> None:
    folder = own_home / ".codex/sessions/2026/11/25"
    path = write(folder / "rollout-2026-11-25T22-17-10-t1.jsonl", meta(), text)
    assert sums(read(own_home)) == (60, 40, 10), path.read_text()
