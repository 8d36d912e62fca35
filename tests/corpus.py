"""Transcripts of agents, generated: the same for the same seed, of any size.

The lines have the members, and their order, of real ones (Claude Code 2.1.197, Codex before it
noted down each response). What people and tools say in them is made up; most of a transcript is
output of tools, and Claude Code writes that down twice in a line.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

_MODELS: Final = ("claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5-20251001")
_BEGIN: Final = datetime(2026, 10, 1, tzinfo=UTC)
# Characters, on average.
_TOOL_OUTPUT: Final = 2500
_TOOL_INPUT: Final = 700
_THOUGHT: Final = 500
_SAID: Final = 400
_LONGEST: Final = 60_000


def write_corpus(home: Path, *, size: int, seed: int = 1, talk: float = 1.0) -> None:
    """Fill a home with about `size` bytes: nine sessions of Claude Code for each of Codex.

    `talk` is how much is said beside what counts: 1 as in real sessions, less for more answers in
    a megabyte.
    """
    chance = random.Random(seed)  # noqa: S311 - the same corpus each time is the point
    written = number = 0
    while written < size:
        start = _BEGIN + timedelta(minutes=chance.randrange(50 * 24 * 60))
        session = (_Codex if number % 10 == 9 else _Claude)(home, chance, start, talk)
        session.path.parent.mkdir(parents=True, exist_ok=True)
        data = b"".join(
            json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
            for line in session.lines()
        )
        session.path.write_bytes(data)
        written += len(data)
        number += 1


class _Session:
    def __init__(self, chance: random.Random, start: datetime, talk: float) -> None:
        self.chance = chance
        self.now = start
        self._talk = talk

    def text(self, average: int) -> str:
        """Some text, mostly shorter than the average, now and then much longer."""
        length = min(int(self.chance.expovariate(1 / average) * self._talk) + 1, _LONGEST)
        begin = self.chance.randrange(len(_prose()) - length)
        return _prose()[begin : begin + length]

    def wait(self, most: int) -> str:
        self.now += timedelta(seconds=self.chance.randrange(1, most))
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def uuid(self) -> str:
        text = f"{self.chance.getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def id(self, kind: str) -> str:
        return f"{kind}_{self.chance.getrandbits(96):024x}"


class _Claude(_Session):
    def __init__(self, home: Path, chance: random.Random, start: datetime, talk: float) -> None:
        super().__init__(chance, start, talk)
        session, project = self.uuid(), f"/code/app{chance.randrange(12)}"
        self._side_chain = chance.random() < 0.2
        self._parent: str | None = None
        self._tail = {"userType": "external", "entrypoint": "cli", "cwd": project,
                      "sessionId": session, "version": "2.1.197",
                      "gitBranch": chance.choice(["main", "next"])}  # fmt: skip
        folder = home / ".claude/projects" / project.replace("/", "-")
        self.path = folder / f"{session}.jsonl"
        if self._side_chain:
            self.path = folder / self.uuid() / "subagents" / f"agent-{session[:8]}.jsonl"

    def lines(self) -> Iterator[dict[str, Any]]:
        model = self.chance.choice(_MODELS)
        for turn in range(self.chance.randrange(5, 120)):
            yield self._prompt() if turn % 12 == 0 else self._tool_output()
            yield from self._answer(model)

    def _prompt(self) -> dict[str, Any]:
        said = {"role": "user", "content": self.text(_SAID)}
        return self._line({"promptId": self.uuid(), "type": "user", "message": said}, 40)

    def _tool_output(self) -> dict[str, Any]:
        output = self.text(_TOOL_OUTPUT)
        result = {"tool_use_id": self.id("toolu"), "type": "tool_result", "content": output,
                  "is_error": False}  # fmt: skip
        twice = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
        message = {"role": "user", "content": [result]}
        return self._line({"type": "user", "message": message, "toolUseResult": twice}, 40)

    def _answer(self, model: str) -> Iterator[dict[str, Any]]:
        blocks, usage = self._blocks(), self._usage()
        answer, request = self.id("msg"), self.id("req")
        for number, block in enumerate(blocks, 1):
            # Only the last line of an answer has all of its output.
            output = usage["output_tokens"] if number == len(blocks) else 1
            message = {"id": answer, "type": "message", "role": "assistant", "model": model,
                       "content": [block], "stop_reason": "tool_use", "stop_sequence": None,
                       "usage": {**usage, "output_tokens": output}}  # fmt: skip
            yield self._line({"message": message, "requestId": request, "type": "assistant"}, 5)

    def _blocks(self) -> list[dict[str, Any]]:
        chance = self.chance
        blocks: list[dict[str, Any]] = []
        if chance.random() < 0.5:
            signature = base64.b64encode(chance.randbytes(len(self.text(_THOUGHT)))).decode()
            thought = self.text(_THOUGHT)
            blocks.append({"type": "thinking", "thinking": thought, "signature": signature})
        if chance.random() < 0.5:
            blocks.append({"type": "text", "text": self.text(_SAID)})
        if chance.random() < 0.9 or not blocks:
            given = {"command": self.text(_TOOL_INPUT), "description": self.text(40)}
            name = chance.choice(["Bash", "Edit", "Read"])
            blocks.append({"type": "tool_use", "id": self.id("toolu"), "name": name,
                           "input": given})  # fmt: skip
        return blocks

    def _usage(self) -> dict[str, Any]:
        chance = self.chance
        short, hour = chance.randrange(2000), chance.choice([0, 0, chance.randrange(500)])
        return {
            "input_tokens": chance.randrange(500),
            "cache_creation_input_tokens": short + hour,
            "cache_read_input_tokens": chance.randrange(90_000),
            "output_tokens": chance.randrange(2, 3000),
            "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            "service_tier": "standard",
            "cache_creation": {
                "ephemeral_1h_input_tokens": hour,
                "ephemeral_5m_input_tokens": short,
            },
            "inference_geo": "",
            "iterations": [],
            "speed": "standard",
        }

    def _line(self, members: dict[str, Any], most: int) -> dict[str, Any]:
        """A line that follows the one before within so many seconds."""
        parent, self._parent = self._parent, self.uuid()
        return {"parentUuid": parent, "isSidechain": self._side_chain, **members,
                "uuid": self._parent, "timestamp": self.wait(most), **self._tail}  # fmt: skip


class _Codex(_Session):
    def __init__(self, home: Path, chance: random.Random, start: datetime, talk: float) -> None:
        super().__init__(chance, start, talk)
        self._thread = self.uuid()
        name = f"rollout-{start:%Y-%m-%dT%H-%M-%S}-{self._thread}.jsonl"
        self.path = home / f".codex/sessions/{start:%Y/%m/%d}" / name

    def lines(self) -> Iterator[dict[str, Any]]:
        meta = {"id": self._thread, "cwd": "/code/app1", "cli_version": "0.60.1",
                "base_instructions": {"text": self.text(15_000)}}  # fmt: skip
        yield self._line("session_meta", meta)
        totals = [0, 0, 0, 0]
        for _ in range(self.chance.randrange(5, 60)):
            yield self._line("turn_context", {"cwd": "/code/app1", "model": "gpt-5.5"})
            yield from self._turn()
            prompt, output = self.chance.randrange(100, 90_000), self.chance.randrange(2, 3000)
            last = [prompt, self.chance.randrange(prompt), output, self.chance.randrange(output)]
            totals = [one + more for one, more in zip(totals, last, strict=True)]
            info = {"total_token_usage": _counts(totals), "last_token_usage": _counts(last),
                    "model_context_window": 258_400}  # fmt: skip
            limits = {"primary": None, "secondary": None, "plan_type": None}
            count = {"type": "token_count", "info": info, "rate_limits": limits}
            yield self._line("event_msg", count)

    def _turn(self) -> Iterator[dict[str, Any]]:
        thought = base64.b64encode(self.chance.randbytes(len(self.text(_THOUGHT)))).decode()
        call, given = self.id("call"), {"command": ["bash", "-lc", self.text(_TOOL_INPUT)]}
        for item in (
            {"type": "reasoning", "summary": [], "encrypted_content": thought},
            {"type": "function_call", "name": "shell", "arguments": json.dumps(given),
             "call_id": call},
            {"type": "function_call_output", "call_id": call, "output": self.text(_TOOL_OUTPUT)},
        ):  # fmt: skip
            yield self._line("response_item", item)

    def _line(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"timestamp": self.wait(10), "type": kind, "payload": payload}


def _counts(counts: list[int]) -> dict[str, int]:
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    return dict(zip(names, counts, strict=True)) | {"total_tokens": counts[0] + counts[2]}


@cache
def _prose() -> str:
    """A few hundred kilobytes that look like programs and what is said about them."""
    chance = random.Random(0)  # noqa: S311
    syllables = [first + second for first in "bdfglmnprstv" for second in ("a", "e", "io", "un")]
    words = ["".join(chance.choices(syllables, k=chance.randrange(1, 4))) for _ in range(800)]
    words += ["(", ")", '"', "= {", "}", "→", "é", "::", "\t", "\\d+", "'", "#"] * 8
    lines = []
    for _ in range(8_000):
        indent = " " * (4 * chance.randrange(4))
        lines.append(indent + " ".join(chance.choices(words, k=chance.randrange(1, 12))))
    return "\n".join(lines)
