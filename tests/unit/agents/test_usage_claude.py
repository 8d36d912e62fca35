"""What counts in transcripts of Claude Code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.usage_world import calls, once, raw, write

from ringlet.agents.usage.claude import ClaudeReader
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Folder

ID = "msg_01ABCDEFGHIJKLMNOPQRSTUV"
USAGE = {
    "input_tokens": 100,
    "cache_creation_input_tokens": 45,
    "cache_read_input_tokens": 30,
    "output_tokens": 20,
    "output_tokens_details": {"thinking_tokens": 4},
    "server_tool_use": {"web_search_requests": 2},
    "service_tier": "standard",
    "cache_creation": {"ephemeral_1h_input_tokens": 5, "ephemeral_5m_input_tokens": 40},
    "inference_geo": "us",
    "speed": "standard",
}
TOKENS = Tokens(100, 20, 30, 40, 5, 4, 2)


def line(**changes: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"id": ID, "model": "claude-sonnet-5", "usage": USAGE}
    message |= {name[2:]: changes.pop(name) for name in list(changes) if name.startswith("m_")}
    record = {
        "type": "assistant",
        "message": message,
        "requestId": "req_1",
        "timestamp": "2026-11-20T09:33:47.972Z",
        "sessionId": "s1",
        "cwd": "/code/app",
        "gitBranch": "main",
        "isSidechain": False,
    }
    return {name: value for name, value in (record | changes).items() if value != "absent"}


def usage(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (USAGE | changes).items() if value != "absent"}


def read(home: Path, *lines: dict[str, Any] | str | bytes) -> list[Call]:
    write(home / ".claude/projects/-code-app/s1.jsonl", *lines)
    return calls(ClaudeReader(), home)


def test_an_answer_with_everything_about_it(own_home: Path) -> None:
    (call,) = read(own_home, line())
    assert call == Call(
        source="claude",
        native_id=ID,
        time=1_795_167_227_972,
        tokens=TOKENS,
        agent="claude",
        model="claude-sonnet-5",
        session="s1",
        project="/code/app",
        branch="main",
        inference_geo="us",
        request_id="req_1",
        vendor="anthropic",
    )


IDENTITIES = [
    ("a unique id alone", {"requestId": "req_2", "sessionId": "s2"}, True),
    ("a unique id without a request", {"requestId": "absent"}, True),
    ("another unique id", {"m_id": "msg_02ABCDEFGHIJKLMNOPQRSTUV"}, False),
    ("bedrock", {"m_id": "msg_bdrk_01ABCDEFGHIJKLMNOP"}, False),
]


@pytest.mark.parametrize(("what", "changes", "same"), IDENTITIES, ids=lambda v: str(v)[:24])
def test_which_lines_are_one_answer(
    own_home: Path, what: str, changes: dict[str, Any], same: bool
) -> None:
    assert (len(once(read(own_home, line(), line(**changes)))) == 1) is same, what


SHORT = [
    ("the same request", {}, True),
    ("another request", {"requestId": "req_2"}, False),
    ("no request, equal prompt, other output", {"requestId": "absent",
     "m_usage": usage(output_tokens=99)}, None),
    ("no request, another prompt", {"requestId": "absent",
     "m_usage": usage(input_tokens=99)}, None),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changes", "same"), SHORT, ids=lambda v: str(v)[:24])
def test_which_lines_with_short_ids_are_one_answer(
    own_home: Path, what: str, changes: dict[str, Any], same: bool | None
) -> None:
    first = line(m_id="chat-1")
    if same is None:
        first = line(m_id="chat-1", requestId="absent")
        same = "equal" in what
    found = read(own_home, first, line(**{"m_id": "chat-1"} | changes))
    assert (len(once(found)) == 1) is same


def test_a_reference_to_the_request_tells_answers_apart(own_home: Path) -> None:
    base = {"m_id": "chat-1", "requestId": "absent"}
    found = read(own_home, line(**base, requestRef="u1"), line(**base, requestRef="u2"))
    assert len(once(found)) == 2


def test_short_ids_in_two_sessions_are_two_answers(own_home: Path) -> None:
    base = {"m_id": "chat-1", "requestId": "absent"}
    assert len(once(read(own_home, line(**base), line(**base, sessionId="s2")))) == 2


def test_a_copy_in_a_side_chain_shares_the_replay_id(own_home: Path) -> None:
    base = {"m_id": "chat-1"}
    one, two = read(own_home, line(**base), line(**base, requestId="r2", isSidechain=True))
    assert one.native_id != two.native_id
    assert one.replay_id == two.replay_id
    assert (one.sub_agent, two.sub_agent) == (False, True)


def test_without_any_id_each_line_counts(own_home: Path) -> None:
    assert len(once(read(own_home, line(m_id="absent"), line(m_id=None)))) == 2


def test_a_fork_belongs_to_the_session_that_it_was_forked_from(own_home: Path) -> None:
    (call,) = read(own_home, line(sessionId="s9", forkedFrom={"sessionId": "s1"}))
    assert call.session == "s1"


@pytest.mark.parametrize("name", ["HEAD", "", None, "absent"])
def test_on_no_branch_there_is_none(own_home: Path, name: str | None) -> None:
    (call,) = read(own_home, line(gitBranch=name))
    assert call.branch == ""


def test_answers_of_sub_agents_are_in_files_of_their_own(own_home: Path) -> None:
    path = own_home / ".claude/projects/-code-app/s1/subagents/agent-a1.jsonl"
    write(path, line(m_id="msg_09ABCDEFGHIJKLMNOPQRSTUV", isSidechain=True))
    main, sub = sorted(read(own_home, line()), key=lambda call: call.sub_agent)
    assert (main.sub_agent, sub.sub_agent, sub.session) == (False, True, "s1")


def test_progress_of_a_sub_agent_is_an_answer(own_home: Path) -> None:
    progress = {
        "type": "progress",
        "timestamp": "2026-11-20T09:33:47.972Z",
        "sessionId": "s1",
        "data": {"type": "agent_progress", "message": {"requestId": "r", "message": {
            "id": ID, "model": "m", "usage": USAGE}}},
    }  # fmt: skip
    (call,) = read(own_home, progress)
    assert (call.native_id, call.tokens, call.sub_agent) == (ID, TOKENS, True)


IGNORED = [
    ("the model is synthetic", line(m_model="<synthetic>")),
    ("only a tool reports usage", {"timestamp": "2026-11-20T09:33:47Z", "type": "user",
                                   "toolUseResult": {"usage": USAGE}}),
    ("no usage", line(m_usage="absent")),
    ("usage is null", line(m_usage=None)),
    ("no time", line(timestamp="absent")),
    ("the time is none", line(timestamp="yesterday")),
    ("the time is before any model", line(timestamp="1970-01-01T00:00:00Z")),
    ("no tokens at all", line(m_usage={"input_tokens": 0, "output_tokens": 0})),
    ("a number stands for the record", "7 \"usage\"\n"),
    ("text in a tool's result", {"type": "user", "timestamp": "2026-11-20T09:33:47Z",
                                 "message": {"content": "\"usage\": {\"input_tokens\": 5}"}}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "record"), IGNORED, ids=[why for why, _ in IGNORED])
def test_no_answer(own_home: Path, why: str, record: Any) -> None:
    assert read(own_home, record) == [], why
    assert len(read(own_home, line())) == 1  # and nothing behind it is lost


COUNTS = [
    ("nulls are none", usage(input_tokens=None, cache_creation=None,
                             cache_creation_input_tokens=None, server_tool_use=None),
     Tokens(0, 20, 30, 0, 0, 4, 0)),
    ("without a split all writes are short", usage(cache_creation="absent"),
     Tokens(100, 20, 30, 45, 0, 4, 2)),
    ("an hour's writes are told by the split",
     usage(cache_creation={"ephemeral_1h_input_tokens": 45, "ephemeral_5m_input_tokens": 0}),
     Tokens(100, 20, 30, 0, 45, 4, 2)),
    ("a split without a total", usage(cache_creation_input_tokens="absent"), TOKENS),
    ("negative counts are none", usage(input_tokens=-5), Tokens(0, 20, 30, 40, 5, 4, 2)),
    ("counts written as text", usage(input_tokens="100"), TOKENS),
    ("counts with a fraction", usage(input_tokens=100.0), TOKENS),
]  # fmt: skip


@pytest.mark.parametrize(("what", "given", "tokens"), COUNTS, ids=[c[0] for c in COUNTS])
def test_counts(own_home: Path, what: str, given: dict[str, Any], tokens: Tokens) -> None:
    (call,) = read(own_home, line(m_usage=given))
    assert call.tokens == tokens, what


TIERS = [("fast", "standard", "fast"), ("standard", "priority", "priority"),
         ("standard", "standard", ""), (None, None, ""), (None, "batch", "batch")]  # fmt: skip


@pytest.mark.parametrize(("speed", "tier", "expected"), TIERS)
def test_tiers(own_home: Path, speed: str | None, tier: str | None, expected: str) -> None:
    (call,) = read(own_home, line(m_usage=usage(speed=speed, service_tier=tier)))
    assert call.service_tier == expected


@pytest.mark.parametrize(("dollars", "nano"), [(0.25, 250_000_000), (0, 0), (None, None),
                                               ("absent", None), (-1, None)])  # fmt: skip
def test_the_cost_that_the_agent_noted(own_home: Path, dollars: Any, nano: int | None) -> None:
    (call,) = read(own_home, line(costUSD=dollars))
    assert call.reported_cost_nano == nano


def test_advisers_count_under_their_own_model_and_other_iterations_do_not(own_home: Path) -> None:
    steps = [
        {"type": "message", "model": "claude-sonnet-5", "input_tokens": 1, "output_tokens": 1},
        {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 7},
    ]
    main, adviser = read(own_home, line(m_usage=usage(iterations=steps)))
    assert main.tokens == TOKENS
    assert (adviser.model, adviser.tokens) == ("claude-opus-5", Tokens(input=7))
    assert adviser.native_id != main.native_id


GOOD = raw(line())
DAMAGE = [
    ("windows line ends", GOOD.replace(b"\n", b"\r\n")),
    ("spaces around", b"   " + GOOD[:-1] + b"   \n"),
    ("NULs of a lost block before it", b"\0" * 100 + GOOD),
    ("half an emoji in the text", raw(line(note="X")).replace(b'"X"', b'"\\ud83d"')),
    ("bytes that are no UTF-8", raw(line(note="X")).replace(b'"X"', b'"\xff\xfe"')),
    ("a torn line before it without an end", GOOD[:200] + GOOD),
    ("a torn line before it", GOOD[:200] + b"\n" + GOOD),
    ("an empty line before it", b"\n\n" + GOOD),
    ("keys with spaces", GOOD.replace(b'"usage": ', b'"usage" : ')),
]


@pytest.mark.parametrize(("what", "data"), DAMAGE, ids=[what for what, _ in DAMAGE])
def test_damage_around_an_answer_does_not_lose_it(own_home: Path, what: str, data: bytes) -> None:
    assert [call.tokens for call in read(own_home, data)] == [TOKENS], what


def test_two_records_glued_together_are_two_answers(own_home: Path) -> None:
    other = raw(line(m_id="msg_02ABCDEFGHIJKLMNOPQRSTUV"))
    assert len(once(read(own_home, GOOD[:-1] + other))) == 2


def test_a_line_without_an_end_waits(own_home: Path) -> None:
    path = write(own_home / ".claude/projects/p/s1.jsonl", GOOD, GOOD[:-1])
    with Folder(own_home) as folder:
        (entry,) = folder.files(".claude/projects")
        *_, batch = ClaudeReader().read(folder, entry, 0, b"")
        assert batch.offset == len(GOOD)
        assert len(batch.calls) == 1
        write(path, b"\n")
        (entry,) = folder.files(".claude/projects")
        (batch,) = ClaudeReader().read(folder, entry, batch.offset, batch.state)
    assert batch.offset == path.stat().st_size
    assert [call.native_id for call in batch.calls] == [ID]


def test_lines_longer_than_a_block_are_read_whole(own_home: Path) -> None:
    long = line(note="x" * (3 << 20))
    ids = [f"msg_{n:024}" for n in range(3)]
    found = read(own_home, *(dict(long, message=long["message"] | {"id": id}) for id in ids))
    assert [call.native_id for call in found] == ids
