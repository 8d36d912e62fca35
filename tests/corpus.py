"""Transcripts of agents, generated: the same for the same seed, of any size."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

_MODELS: Final = ("claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5-20251001")
_BEGIN: Final = datetime(2026, 10, 1, tzinfo=UTC)


def write_corpus(home: Path, *, size: int, seed: int = 1, talk: int = 20_000) -> None:
    """Fill a home with about `size` bytes: nine sessions of Claude Code for each of Codex.

    `talk` is how many characters a turn has at most, beside what counts.
    """
    chance = random.Random(seed)  # noqa: S311 - the same corpus each time is the point
    written = number = 0
    while written < size:
        start = _BEGIN + timedelta(minutes=chance.randrange(50 * 24 * 60))
        if number % 10 == 9:
            path, lines = _codex(home, chance, start, talk)
        else:
            path, lines = _claude(home, chance, start, talk)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = b"".join(json.dumps(x, separators=(",", ":")).encode() + b"\n" for x in lines)
        path.write_bytes(data)
        written += len(data)
        number += 1


def _claude(
    home: Path, chance: random.Random, start: datetime, talk: int
) -> tuple[Path, Iterator[Any]]:
    session, project = _uuid(chance), f"/work/app{chance.randrange(12)}"
    sub = chance.random() < 0.2
    folder = home / ".claude/projects" / project.replace("/", "-")
    path = folder / f"{session}.jsonl"
    if sub:
        path = folder / _uuid(chance) / "subagents" / f"agent-{session[:8]}.jsonl"
    base = {"sessionId": session, "cwd": project, "version": "2.1.197", "isSidechain": sub,
            "gitBranch": chance.choice(["main", "next"]), "userType": "external"}  # fmt: skip
    return path, _claude_lines(chance, start, base, talk)


def _claude_lines(
    chance: random.Random, start: datetime, base: dict[str, Any], talk: int
) -> Iterator[dict[str, Any]]:
    model = chance.choice(_MODELS)
    for turn in range(chance.randrange(5, 60)):
        moment = start + timedelta(seconds=20 * turn)
        text = {"role": "user", "content": "x" * chance.randrange(talk)}
        yield {**base, "type": "user", "timestamp": _text(moment), "message": text}
        answer: dict[str, Any] = {
            "id": f"msg_{chance.getrandbits(96):024x}",
            "type": "message",
            "model": model,
        }
        request = f"req_{chance.getrandbits(96):024x}"
        blocks = chance.randrange(1, 4)
        usage = _claude_usage(chance)
        for block in range(blocks):
            # Only the last line of an answer has all of its output.
            output = usage["output_tokens"] if block == blocks - 1 else 1
            message = {**answer, "content": [{"type": "text", "text": "y" * 400}],
                       "usage": {**usage, "output_tokens": output}}  # fmt: skip
            later = moment + timedelta(seconds=3 + block)
            yield {**base, "type": "assistant", "timestamp": _text(later), "requestId": request,
                   "message": message}  # fmt: skip


def _claude_usage(chance: random.Random) -> dict[str, Any]:
    short, hour = chance.randrange(2000), chance.choice([0, 0, chance.randrange(500)])
    return {
        "input_tokens": chance.randrange(500),
        "cache_creation_input_tokens": short + hour,
        "cache_read_input_tokens": chance.randrange(90_000),
        "output_tokens": chance.randrange(2, 3000),
        "cache_creation": {
            "ephemeral_5m_input_tokens": short,
            "ephemeral_1h_input_tokens": hour,
        },
        "service_tier": "standard",
    }


def _codex(
    home: Path, chance: random.Random, start: datetime, talk: int
) -> tuple[Path, Iterator[Any]]:
    thread = _uuid(chance)
    name = f"rollout-{start:%Y-%m-%dT%H-%M-%S}-{thread}.jsonl"
    path = home / f".codex/sessions/{start:%Y/%m/%d}" / name
    return path, _codex_lines(chance, start, thread, talk)


def _codex_lines(
    chance: random.Random, start: datetime, thread: str, talk: int
) -> Iterator[dict[str, Any]]:
    yield {"timestamp": _text(start), "type": "session_meta",
           "payload": {"id": thread, "cwd": "/work/app1", "timestamp": _text(start)}}  # fmt: skip
    totals = [0, 0, 0, 0]
    for turn in range(chance.randrange(5, 60)):
        moment = _text(start + timedelta(seconds=20 * turn + 5))
        yield {"timestamp": moment, "type": "turn_context", "payload": {"model": "gpt-5.5"}}
        message = {"type": "message", "text": "z" * chance.randrange(talk)}
        yield {"timestamp": moment, "type": "response_item", "payload": message}
        prompt, output = chance.randrange(100, 90_000), chance.randrange(2, 3000)
        last = [prompt, chance.randrange(prompt), output, chance.randrange(output)]
        totals = [one + more for one, more in zip(totals, last, strict=True)]
        info = {"total_token_usage": _codex_counts(totals), "last_token_usage": _codex_counts(last)}
        yield {"timestamp": moment, "type": "event_msg",
               "payload": {"type": "token_count", "info": info}}  # fmt: skip


def _codex_counts(counts: list[int]) -> dict[str, int]:
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    return dict(zip(names, counts, strict=True)) | {"total_tokens": counts[0] + counts[2]}


def _uuid(chance: random.Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
