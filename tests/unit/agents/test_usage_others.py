"""What counts in the files of OpenCode, Droid, Gemini CLI and Qwen Code."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.usage_world import calls, once, write

from ringlet.agents.usage.droid import DroidReader
from ringlet.agents.usage.gemini import GeminiReader
from ringlet.agents.usage.opencode import OpenCodeReader
from ringlet.agents.usage.qwen import QwenReader
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Folder

NOW = 1_795_645_034_115
TIME = "2026-11-25T22:17:10.500Z"


class OpenCode:
    """A database as OpenCode keeps it."""

    def __init__(self, home: Path) -> None:
        self.path = home / ".local/share/opencode/opencode.db"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE session (id TEXT PRIMARY KEY, parent_id, directory)")
        self.db.execute("CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, data TEXT)")

    def session(self, name: str, parent: str | None = None) -> None:
        self.db.execute("INSERT INTO session VALUES (?, ?, '/code/app')", (name, parent))

    def message(self, name: str, session: str = "s1", **data: Any) -> None:
        plain = {
            "role": "assistant",
            "modelID": "sonnet",
            "cost": 0,
            "tokens": {"input": 145, "output": 17, "reasoning": 3,
                       "cache": {"read": 30, "write": 5}},
            "path": {"cwd": "/code/app"},
            "time": {"created": NOW, "completed": NOW + 1},
        } | data  # fmt: skip
        values = (name, session, json.dumps(plain))
        self.db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", values)


def opencode(home: Path) -> dict[str, Tokens]:
    return once(calls(OpenCodeReader(), home))


def test_an_answer_of_opencode(own_home: Path) -> None:
    store = OpenCode(own_home)
    store.session("s1")
    store.message("m1", cost=0.25)
    store.message("m0", role="user")
    found = calls(OpenCodeReader(), own_home)
    assert {(c.session, c.project, c.model, c.time) for c in found} == {
        ("s1", "/code/app", "sonnet", NOW + 1)
    }
    assert {c.tokens for c in found} == {Tokens(145, 20, 30, 5, 0, 3)}
    assert {c.reported_cost_nano for c in found} == {250_000_000}


def test_a_fork_of_opencode_copies_messages_that_count_once(own_home: Path) -> None:
    store = OpenCode(own_home)
    store.message("m1")
    store.message("m2", "s2")
    store.message("m3", "s2", time={"created": NOW + 9, "completed": NOW + 10})
    assert len(opencode(own_home)) == 2


def test_a_child_session_of_opencode_is_a_sub_agent(own_home: Path) -> None:
    store = OpenCode(own_home)
    store.session("s1")
    store.session("s2", "s1")
    store.message("m1", "s2")
    assert {c.sub_agent for c in calls(OpenCodeReader(), own_home)} == {True}


@pytest.mark.parametrize("data", [{"tokens": None}, {"time": None}, {"tokens": {"input": 0}},
                                  {"role": None}, {"tokens": "many"}])  # fmt: skip
def test_no_answer_of_opencode(own_home: Path, data: Any) -> None:
    OpenCode(own_home).message("m1", **data)
    assert opencode(own_home) == {}


def test_an_answer_of_opencode_counts_once_it_is_complete(own_home: Path) -> None:
    """Its counts grow from step to step until then."""
    store = OpenCode(own_home)
    store.message("m1", time={"created": NOW})
    reader, state, found = OpenCodeReader(), b"", list[Call]()
    for step in range(3):
        if step == 1:
            store.db.execute(
                "UPDATE message SET data = json_set(data, '$.time.completed', ?)", (NOW + 5,)
            )
        with Folder(own_home) as folder:
            (entry,) = [e for e in folder.files(".local/share/opencode") if e.path.endswith(".db")]
            for batch in reader.read(folder, entry, 0, state):
                found += batch.calls
                state = batch.state
        assert len(found) == min(step, 1)


def test_reading_does_not_write_to_the_database(own_home: Path) -> None:
    store = OpenCode(own_home)
    store.message("m1")
    store.db.close()
    before = sorted((p.name, p.read_bytes()) for p in store.path.parent.iterdir())
    assert len(opencode(own_home)) == 1
    assert sorted((p.name, p.read_bytes()) for p in store.path.parent.iterdir()) == before


def test_a_database_that_is_a_link_is_not_read(own_home: Path) -> None:
    store = OpenCode(own_home / "elsewhere")
    store.message("m1")
    folder = own_home / ".local/share/opencode"
    folder.mkdir(parents=True)
    (folder / "opencode.db").symlink_to(store.path)
    assert opencode(own_home) == {}


def droid_file(home: Path, session: str = "d1", **usage: Any) -> Path:
    path = home / f".factory/sessions/-code-app/{session}.settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {"inputTokens": 200, "outputTokens": 40, "cacheCreationTokens": 90,
             "cacheReadTokens": 60, "thinkingTokens": 7} | usage  # fmt: skip
    path.write_text(json.dumps({"model": "custom:My-Model-0", "tokenUsage": plain}))
    os.utime(path, (NOW / 1000, NOW / 1000))
    return path


def droid(home: Path, state: bytes = b"") -> tuple[list[Call], bytes]:
    with Folder(home) as folder:
        (entry,) = [e for e in folder.files(".factory/sessions") if e.path.endswith(".json")]
        found: list[Call] = []
        for batch in DroidReader().read(folder, entry, 0, state):
            found += batch.calls
            state = batch.state
    return found, state


def test_totals_of_droid(own_home: Path) -> None:
    write(own_home / ".factory/settings.json",
          {"customModels": [{"displayName": "My Model", "model": "gpt-6-sol"}]})  # fmt: skip
    write(own_home / ".factory/sessions/-code-app/d1.jsonl", {"cwd": "/code/app"})
    droid_file(own_home)
    (call,), _ = droid(own_home)
    assert call.tokens == Tokens(200, 40, 60, 90, 0, 7)
    assert (call.model, call.project, call.session) == ("gpt-6-sol", "/code/app", "d1")
    assert call.time == NOW


def test_totals_of_droid_grow_by_what_was_used_since(own_home: Path) -> None:
    droid_file(own_home)
    _, state = droid(own_home)
    assert droid(own_home, state) == ([], state)
    droid_file(own_home, inputTokens=250, outputTokens=41)
    (call,), state = droid(own_home, state)
    assert call.tokens == Tokens(50, 1)


def test_totals_of_droid_that_fall_begin_anew(own_home: Path) -> None:
    droid_file(own_home)
    (first,), state = droid(own_home)
    droid_file(own_home, inputTokens=10, outputTokens=1, cacheCreationTokens=0, cacheReadTokens=0,
               thinkingTokens=0)  # fmt: skip
    (anew,), state = droid(own_home, state)
    assert anew.tokens == Tokens(10, 1)
    droid_file(own_home)
    (again,), _ = droid(own_home, state)
    assert again.tokens == Tokens(190, 39, 60, 90, 0, 7)
    assert len({first.native_id, anew.native_id, again.native_id}) == 3


@pytest.mark.parametrize("text", ["", "[]", "{", '{"tokenUsage": 7}', '{"tokenUsage": {}}'])
def test_no_totals_of_droid(own_home: Path, text: str) -> None:
    droid_file(own_home).write_text(text)
    assert droid(own_home)[0] == []


def gemini(home: Path, *lines: Any) -> list[Call]:
    write(home / ".gemini/tmp/app/chats/session-1.jsonl", *lines)
    return calls(GeminiReader(), home)


def test_an_answer_of_gemini(own_home: Path) -> None:
    tokens = {"input": 100, "output": 10, "cached": 40, "thoughts": 5, "tool": 3, "total": 118}
    line = {"id": "a", "type": "gemini", "timestamp": TIME, "model": "g", "tokens": tokens}
    (call,) = gemini(own_home, line)
    assert call.tokens == Tokens(input=63, output=15, cache_read=40, reasoning=5)
    assert call.tokens.total == tokens["total"]
    assert len(once(gemini(own_home, line, {**line, "id": "b"}))) == 2


@pytest.mark.parametrize("change", [{"type": "user"}, {"tokens": None}, {"timestamp": ""}])
def test_no_answer_of_gemini(own_home: Path, change: Any) -> None:
    line = {"id": "a", "type": "gemini", "timestamp": TIME, "tokens": {"input": 1}} | change
    assert gemini(own_home, line) == []


def qwen_answer(prompt: int, output: int = 10, thoughts: int = 0, total: int | None = None) -> Any:
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": output, "cachedContentTokenCount":
              0, "thoughtsTokenCount": thoughts,
              "totalTokenCount": prompt + output if total is None else total}  # fmt: skip
    return {"type": "assistant", "timestamp": TIME, "sessionId": "q1", "cwd": "/code/app",
            "model": "qwen3", "usageMetadata": counts}  # fmt: skip


def qwen_note(prompt: int, output: int = 10) -> Any:
    event = {"event.name": "qwen-code.api_response", "model": "qwen3", "input_token_count": prompt,
             "output_token_count": output, "total_token_count": prompt + output}  # fmt: skip
    return {"type": "system", "subtype": "ui_telemetry", "timestamp": TIME, "sessionId": "q1",
            "cwd": "/code/app", "systemPayload": {"uiEvent": event}}  # fmt: skip


QWEN = [
    ("answers alone", [qwen_answer(100), qwen_answer(200)], [100, 200]),
    ("notes alone", [qwen_note(100), qwen_note(200)], [100, 200]),
    ("answers and their notes", [qwen_note(100), qwen_answer(100), qwen_answer(200),
                                 qwen_note(200)], [100, 200]),
    ("a note of a background call", [qwen_answer(100), qwen_note(100), qwen_note(7)], [7, 100]),
    ("two answers with equal counts", [qwen_answer(5), qwen_note(5), qwen_answer(5),
                                       qwen_note(5)], [5, 5]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "lines", "prompts"), QWEN, ids=[row[0] for row in QWEN])
def test_answers_of_qwen(own_home: Path, what: str, lines: Any, prompts: list[int]) -> None:
    write(own_home / ".qwen/projects/-code-app/chats/q1.jsonl", *lines)
    found = once(calls(QwenReader(), own_home))
    assert sorted(tokens.input for tokens in found.values()) == prompts, what


@pytest.mark.parametrize(("total", "output"), [(115, 15), (110, 10), (0, 10)])
def test_thoughts_of_qwen_are_inside_the_output_or_beside_it(
    own_home: Path, total: int, output: int
) -> None:
    line = qwen_answer(100, 10, thoughts=5, total=total)
    write(own_home / ".qwen/projects/-code-app/chats/q1.jsonl", line)
    (call,) = calls(QwenReader(), own_home)
    assert (call.tokens.output, call.tokens.reasoning) == (output, 5)


@pytest.mark.parametrize(("noted", "branch"), [("main", "main"), ("HEAD", ""), (None, "")])
def test_the_branch_that_qwen_notes_down(own_home: Path, noted: str | None, branch: str) -> None:
    line = qwen_answer(100) | {"gitBranch": noted}
    write(own_home / ".qwen/projects/-code-app/chats/q1.jsonl", line)
    assert [call.branch for call in calls(QwenReader(), own_home)] == [branch]
