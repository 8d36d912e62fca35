"""What counts in rollouts of Codex."""

from __future__ import annotations

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
    payload = {"id": thread, "cwd": "/work/app", "git": {"branch": "main"}, **payload}
    return {"timestamp": time, "type": "session_meta", "payload": payload}


def turn(model: str = "gpt-6-sol") -> Line:
    return {
        "timestamp": T0,
        "type": "turn_context",
        "payload": {"model": model, "cwd": "/work/app"},
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
        project="/work/app",
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
