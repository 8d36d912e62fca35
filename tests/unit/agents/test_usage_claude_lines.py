"""Short cuts in transcripts of Claude Code give what reading all of each line gives."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.usage.world import Follower, transcript

from ringlet.agents.usage.claude_lines import Line, LineDecoder
from ringlet.agents.usage.lines import Decoder
from ringlet.store.ledger.exchange import Record

TEXTS = [
    "hi",
    '],"stop_reason":null',
    '"role":"assistant","content":[',
    "\\",
    "é😀",
    "\ud83d",
    "x\n\0",
]
KEYS = ["content", "stop_reason", "usage", "input", "text", "role", "id", "message"]


def value(chance: random.Random, depth: int = 0) -> Any:
    """What a tool may be given, which looks much like an answer."""
    match chance.randrange(7 if depth < 4 else 3):
        case 0:
            return chance.choice(TEXTS)
        case 1:
            return chance.randrange(100)
        case 2:
            return None
        case 3 | 4:
            return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
        case 5:
            names = chance.choices(KEYS, k=chance.randrange(5))
            return {name: value(chance, depth + 1) for name in names}
        case _:
            return message(chance, depth + 1)


def message(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    blocks = [
        {"type": "tool_use", "input": value(chance, depth)} for _ in range(chance.randrange(3))
    ]
    found: dict[str, Any] = {
        "model": "m",
        "id": f"msg_{chance.randrange(10**6):024}",
        "role": "assistant",
        "content": blocks if chance.random() < 0.9 else chance.choice(TEXTS),
        "stop_reason": chance.choice([None, "end_turn"]),
        "stop_sequence": None,
        "usage": {"input_tokens": chance.randrange(9), "output_tokens": chance.randrange(99)},
    }
    if chance.random() < 0.2:
        found.pop(chance.choice(list(found)))
    return shuffled(chance, found)


def line(chance: random.Random) -> bytes:
    found: dict[str, Any] = {"sessionId": "s", "cwd": "/w", "message": message(chance)}
    if chance.random() < 0.3:
        told = {"role": "user", "content": value(chance)}
        found = {"parentUuid": None, "type": "user", "message": told, "cwd": "/w"}
        found["toolUseResult"] = {"content": [value(chance)], "usage": {"output_tokens": 7}}
    elif chance.random() < 0.2:
        found["data"] = {"message": {"message": message(chance), "requestId": "q"}}
    found |= {"requestId": f"r{chance.randrange(9)}", "timestamp": "2026-11-20T09:33:47.972Z"}
    separators = (",", ":") if chance.random() < 0.9 else (", ", ": ")
    plain = shuffled(chance, found)
    text = json.dumps(plain, separators=separators, ensure_ascii=chance.random() < 0.5)
    return text.encode(errors="surrogatepass")


def shuffled(chance: random.Random, found: dict[str, Any]) -> dict[str, Any]:
    """The same with its names in another order, sometimes."""
    if chance.random() < 0.85:
        return found
    return {name: found[name] for name in chance.sample(list(found), len(found))}


def damaged(chance: random.Random) -> bytes:
    """A line as it is on disk: whole, two glued together, half a one before it, NULs within."""
    data, cut = line(chance), chance.random()
    at = chance.randrange(len(data))
    if cut < 0.5:
        return data
    if cut < 0.65:
        return data + line(chance)
    if cut < 0.85:
        return data[:at] + b"\0" * chance.choice([0, 0, 9]) + line(chance)
    return data[:at] + b"\0" * chance.randrange(9) + data[at:]


@pytest.mark.parametrize("seed", range(8))
def test_a_line_without_its_content_says_the_same(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time is the point
    short, full = LineDecoder(), Decoder(Line)
    for _ in range(3000):
        data = damaged(chance)
        told = b'"output_tokens"' in data  # else a NUL stands in the name
        wanted = [record for record in full.records(data) if told and counts(record)]
        assert list(filter(counts, short.records(data, 0, len(data)))) == wanted, data


def counts(record: Line) -> bool:
    """Whether it has usage of its own, or that of an answer of a sub-agent."""
    inner = record.data and record.data.message and record.data.message.message
    return record.usage is not None or bool(inner and inner.usage)


def test_half_an_answer_takes_nothing_from_the_one_that_is_glued_to_it() -> None:
    one, two = (
        json.dumps(
            {
                "message": {
                    "id": name, "role": "assistant", "content": [{"text": "some words"}],
                    "stop_reason": None, "usage": {"output_tokens": 9},
                },
                "timestamp": "2026-11-20T09:33:47.972Z",
            },
            separators=(",", ":"),
        ).encode()
        for name in ("msg_1", "msg_2")
    )  # fmt: skip
    glued = one[: one.index(b"words")] + two
    found = LineDecoder().records(glued, 0, len(glued))
    assert [record.message and record.message.id for record in found] == ["msg_2"]


def test_an_answer_that_lost_its_line_end_is_found_between_turns_of_a_user() -> None:
    turn, one, after = (
        json.dumps(found, separators=(",", ":")).encode()
        for found in (
            {"type": "user", "message": {"role": "user", "content": "long " * 3000}},
            {
                "message": {"id": "msg_1", "usage": {"output_tokens": 9}},
                "timestamp": "2026-11-20T09:33:47.972Z",
            },
            {"type": "user", "message": {"role": "user", "content": "more " * 3000}},
        )
    )
    glued = turn[:-9000] + one + after
    found = LineDecoder().records(glued, 0, len(glued))
    assert "msg_1" in [record.message and record.message.id for record in found]


@pytest.mark.parametrize("seed", range(8))
def test_a_transcript_read_at_once_says_the_same_as_line_by_line(
    own_home: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time is the point
    lines = [copy(chance) for _ in range(60)]
    stepwise = Follower(own_home, tmp_path / "stepwise.db")
    for number in range(1, len(lines) + 1):
        transcript(own_home).write_bytes(b"".join(lines[:number]))
        stepwise.refresh()
    whole = Follower(own_home, tmp_path / "whole.db")
    whole.refresh()
    assert told(whole) == told(stepwise)


def copy(chance: random.Random) -> bytes:
    """A line about one of few answers, mostly one like that of its neighbours."""
    usage: dict[str, Any] = {"input_tokens": 3, "output_tokens": chance.choice([5, 5, 6])}
    if chance.random() < 0.1:
        adviser = {"type": "advisor_message", "model": "o", "output_tokens": 3}
        usage["iterations"] = [adviser]
    identity = chance.choice(["msg_000000000000000000000001", "msg_1", "msg_1", ""])
    found: dict[str, Any] = {
        "message": {"id": identity, "model": "m", "usage": usage},
        "requestId": chance.choice(["r1", "r1", "r2", ""]),
        "requestRef": chance.choice(["r3", "r4"]),
        "sessionId": "s",
        "isSidechain": chance.random() < 0.1,
        "timestamp": f"2026-11-20T09:33:{chance.randrange(60):02}.000Z",
    }
    return json.dumps(found).encode() + b"\n"


def told(follower: Follower) -> dict[str, Record]:
    """The rows, but for who took them in."""
    rows = [row for block in follower.ledger.records() for row in block]
    return {row.key: replace(row, machine="", seq=1) for row in rows}
