"""What real agents use is in the ledger, under the profile that used it, once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.test_real_agents import arguments, need_agent
from tests.e2e.world import Model, World, wait_for

_PROVIDERS = {
    "claude": ("anthropic-compatible", "", 'apis = ["messages"]'),
    "codex": ("openai", "/v1", 'apis = ["responses"]'),
    "opencode": ("openai-compatible", "/v1", 'apis = ["chat"]'),
    "droid": ("anthropic-compatible", "", 'apis = ["messages"]'),
    "gemini": ("google", "", ""),
    "qwen": ("openai-compatible", "/v1", ""),
}


def _create(world: World, model: Model, agent: str, *aliases: str) -> None:
    kind, suffix, apis = _PROVIDERS[agent]
    world.add_provider(f"for-{agent}", kind, model.base_url + suffix, apis)
    for alias in aliases:
        key = f"sk-canary-{alias}-0123456789abcdef"
        world.run(
            *("profiles", "create", agent, alias, "--provider", f"for-{agent}"),
            "--api-key-stdin",
            stdin=key,
        )


def _by_profile(world: World) -> dict[str, dict[str, Any]]:
    report = world.json("usage", "--by", "profile", "--period", "all")
    return {row["group"]["profile"]: row for row in report["rows"]}


def _served(model: Model, input_tokens: int) -> int:
    """Answers that the model gave to agents at work, told by their prompt's size.

    Requests without tools ask for titles, which agents note down nowhere.
    """
    return sum(
        (request["usage"] or {}).get("input") == input_tokens and bool(request["tools"])
        for request in model.requests()
    )


@pytest.mark.parametrize("agent", sorted(_PROVIDERS))
def test_two_profiles_at_once_are_told_apart_to_the_token(
    world: World, model: Model, agent: str
) -> None:
    need_agent(agent)
    _create(world, model, agent, "one", "two")
    sizes = {"one": 1001, "two": 2003}
    runs = [
        world.start(
            *("profiles", "run", alias, "--"),
            *arguments(
                agent,
                f"[[usage: input={size} output=20 cache_read=30]] [[bash: echo hi]] [[say: done]]",
            ),
        )
        for alias, size in sizes.items()
    ]
    for run in runs:
        run.communicate(timeout=90)

    found = _by_profile(world)
    assert found.keys() == sizes.keys()
    for alias, size in sizes.items():
        answers = _served(model, size)
        assert answers >= 2
        row = found[alias]
        assert (row["input_tokens"], row["output_tokens"], row["cache_read_tokens"]) == (
            size * answers,
            20 * answers,
            30 * answers,
        )
    linked = world.json("usage", "--by", "run,profile", "--period", "all")["rows"]
    expected = {(run["run_id"], run["profile"]) for run in world.json("runs", "list")}
    assert {(row["group"]["run"], row["group"]["profile"]) for row in linked} == expected
    assert world.json("usage", "verify")["different"] == 0


def test_what_a_run_used_is_there_before_anybody_asks_and_is_said_by_an_event(
    world: World, model: Model
) -> None:
    need_agent("claude")
    _create(world, model, "claude", "work")
    events = world.start("events", "--type", "UsageUpdated", "--json")
    world.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    assert events.stdout is not None
    line = events.stdout.readline()
    events.terminate()
    assert '"profile":"work"' in line.replace(" ", "")
    snapshot = world.config / "telemetry" / "aggregates.json"
    wait_for(lambda: snapshot.exists() and "work" in snapshot.read_text(), "the snapshot")


def test_history_stays_when_the_agent_removes_its_transcripts(world: World, model: Model) -> None:
    need_agent("claude")
    _create(world, model, "claude", "work")
    world.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    before = _by_profile(world)
    transcripts = list((world.home / ".claude-profiles/work/.claude/projects").rglob("*.jsonl"))
    assert transcripts
    for path in transcripts:
        path.unlink()
    assert _by_profile(world) == before
    verified = world.json("usage", "verify")
    assert (verified["different"], verified["kept"]) == (0, verified["in_ledger"])
