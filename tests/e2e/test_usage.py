"""What real agents use is in the ledger, under the profile that used it, once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from tests.e2e.terminal import Terminal
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


def create(world: World, model: Model, agent: str, *aliases: str) -> None:
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
    create(world, model, agent, "one", "two")
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
    create(world, model, "claude", "work")
    events = world.start("events", "--type", "UsageUpdated", "--json")
    world.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    assert events.stdout is not None
    line = events.stdout.readline()
    events.terminate()
    assert '"profile":"work"' in line.replace(" ", "")
    snapshot = world.config / "telemetry" / "aggregates.json"
    wait_for(lambda: snapshot.exists() and "work" in snapshot.read_text(), "the snapshot")


_REPORT = """
import gzip, json, os, sys, time, urllib.request
url = os.environ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"]
header, _, token = os.environ["OTEL_EXPORTER_OTLP_LOGS_HEADERS"].partition("=")
value = lambda given: {"stringValue": str(given)}
given = {"request_id": "req_1", "model": "model-a", "input_tokens": 372, "output_tokens": 6}
record = {
    "timeUnixNano": str(time.time_ns()),
    "body": value("claude_code.api_request"),
    "attributes": [{"key": name, "value": value(each)} for name, each in given.items()],
}
body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()

def send(url, token, body=body, **more):
    headers = {header: token, "Content-Type": "application/json", **more}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, body, headers)).status
    except urllib.error.HTTPError as error:
        return error.code

found = [send(url, token), send(url, token), send(url, token[:-1] + "x"), send(url, token, b"[]")]
found += [send(url.replace("logs", "metrics"), token)]
found += [send(url.replace("/otlp/v1/logs", "/api/doctor/fix"), token)]
packed, bomb = gzip.compress(body), gzip.compress(b" " * 2_000_000)
for each, encoding in ((packed, "gzip"), (packed[:-9], "gzip"), (body, "gzip"), (bomb, "gzip"),
                       (packed + packed, "gzip"), (body, "br")):
    found += [send(url, token, each, **{"Content-Encoding": encoding})]
print(json.dumps(found))
"""


def test_a_run_can_report_what_it_uses_and_do_nothing_else(world: World, model: Model) -> None:
    need_agent("claude")
    create(world, model, "claude", "work")
    done = world.run("profiles", "exec", "work", "--", sys.executable, "-c", _REPORT)
    assert json.loads(done.stdout) == [200, 200, 401, 400, 200, 401, 200, 400, 400, 413, 400, 415]
    row = _by_profile(world)["work"]
    assert (row["calls"], row["input_tokens"], row["output_tokens"]) == (1, 372, 6)
    assert world.json("usage", "verify")["kept"] == 1


def test_titles_that_are_in_no_file_are_counted(world: World, model: Model) -> None:
    need_agent("claude")
    create(world, model, "claude", "work")
    terminal = Terminal(world, "profiles", "run", "work", "--trust")
    terminal.answer("shortcuts", "[[usage: input=1001 output=20]] hello", enter="")
    terminal.answer("hello", "\r", enter="")

    def all_is_counted() -> bool:
        terminal.look()
        requests = [each for each in model.requests() if each["usage"]]
        titles = [each for each in requests if not each["tools"]]
        served = sum(each["usage"]["input"] for each in requests)
        counted = _by_profile(world).get("work", {}).get("input_tokens", 0)
        assert counted <= served
        return len(requests) > len(titles) > 0 and counted == served

    wait_for(all_is_counted, "a title and an answer in the ledger", 60.0)
    terminal.leave("\x03")


def test_history_stays_when_the_agent_removes_its_transcripts(world: World, model: Model) -> None:
    need_agent("claude")
    create(world, model, "claude", "work")
    world.run("profiles", "run", "work", "--", *arguments("claude", "[[say: hello]]"))
    before = _by_profile(world)
    transcripts = list((world.home / ".claude-profiles/work/.claude/projects").rglob("*.jsonl"))
    assert transcripts
    for path in transcripts:
        path.unlink()
    assert _by_profile(world) == before
    verified = world.json("usage", "verify")
    assert (verified["different"], verified["kept"]) == (0, verified["in_ledger"])


@pytest.mark.parametrize("agent", ["claude", "codex", "qwen"])
def test_usage_on_no_branch_is_on_none(world: World, model: Model, agent: str) -> None:
    """Of a checkout of a commit git says that its branch is HEAD; so may the agent."""
    need_agent(agent)
    create(world, model, agent, "work")
    who = ("-c", "user.name=tester", "-c", "user.email=tester@example.invalid")
    commit = (*who, "commit", "-q", "--allow-empty", "-m", "first")
    prompt = arguments(agent, "[[say: hello]]")
    found = []
    for steps in ([("init", "-q", "-b", "topic"), commit], [("checkout", "-q", "--detach")]):
        for step in steps:
            subprocess.run(["git", *step], cwd=world.project, check=True)
        world.run("profiles", "run", "work", "--", *prompt)
        rows = world.json("usage", "branches")["rows"]
        found.append({row["group"]["branch"] for row in rows})
    assert found == [{"topic"}, {"topic", ""}]


def _sent(model: Model) -> tuple[int, int, int, int]:
    """What the model sent in all: answers, fresh input, output, cache reads."""
    sent = [request["usage"] for request in model.requests() if request["usage"]]
    return (
        len(sent),
        sum(usage["input"] for usage in sent),
        sum(usage["output"] for usage in sent),
        sum(usage["cache_read"] for usage in sent),
    )


def _counted(world: World) -> tuple[int, int, int, int]:
    """The same, as the ledger has it."""
    (row,) = world.json("usage", "--by", "profile", "--period", "all")["rows"]
    names = ("calls", "input_tokens", "output_tokens", "cache_read_tokens")
    calls, prompt, output, read = (row[name] for name in names)
    return calls, prompt, output, read


def test_codex_resumes_summarises_forks_and_spawns_and_all_that_was_sent_is_counted(
    world: World, model: Model
) -> None:
    need_agent("codex")
    create(world, model, "codex", "work")
    plain = ("--skip-git-repo-check", "-c", "sandbox_mode=danger-full-access")
    child = "[[usage: input=2100 output=55]] [[bash: echo child]] [[say: child done]]"
    spawn = json.dumps({"task_name": "child", "message": child, "fork_turns": "all"})

    def codex(*arguments: str, prompt: str) -> None:
        world.run("profiles", "run", "work", "--", "exec", *arguments, *plain, prompt)

    first = "[[usage: input=5000 output=50 cache_read=400 reasoning=30]] [[bash: echo]] [[say: 1]]"
    codex(prompt=first)
    (rollout,) = world.home.glob(".codex-profiles/work/.codex/sessions/*/*/*/*.jsonl")
    thread = rollout.stem[-36:]
    small = ("-c", "model_auto_compact_token_limit=3000")
    codex("resume", thread, *small, prompt="[[usage: input=1200 output=51]] [[say: 2]]")
    codex("fork", thread, prompt="[[usage: input=1300 output=52]] [[say: 3]]")
    codex(
        *("--enable", "multi_agent_v2"),
        prompt=f"[[usage: input=2000 output=54]] [[tool: collaboration.spawn_agent {spawn}]]"
        " [[bash: sleep 3]] [[say: 4]]",
    )

    lines = rollout.read_text().splitlines()
    assert sum('"type":"compacted"' in line for line in lines) == 1
    assert len(list(rollout.parent.glob("*.jsonl"))) == 4
    assert _counted(world) == _sent(model)
    assert len(world.json("usage", "sessions", "--period", "all")["rows"]) == 4
