"""Every agent with every wire format that it speaks, for real, against the loopback model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.components import need
from tests.e2e.world import Model, World

_MESSAGES = ("anthropic-compatible", "", 'apis = ["messages"]')
_RESPONSES = ("openai", "/v1", 'apis = ["responses"]')
_CHAT = ("openai-compatible", "/v1", 'apis = ["chat"]')
_GOOGLE = ("google", "", "")
_ANTHROPIC = ("anthropic", "", 'apis = ["messages"]')

# What lets each agent run a tool unattended; PROMPT stands for the prompt.
_UNATTENDED = {
    "claude": ("-p", "--allowedTools", "Bash", "--", "PROMPT"),
    "codex": ("exec", "--skip-git-repo-check", "-s", "workspace-write", "PROMPT"),
    "opencode": ("run", "PROMPT"),
    "grok": ("-p", "PROMPT"),
    "droid": ("exec", "--auto", "medium", "PROMPT"),
    "gemini": ("--skip-trust", "--approval-mode", "yolo", "-p", "PROMPT"),
    "qwen": ("--approval-mode", "yolo", "-p", "PROMPT"),
}
_PAIRS = [
    ("claude", _MESSAGES),
    ("claude", _ANTHROPIC),
    ("codex", _RESPONSES),
    ("opencode", _CHAT),
    ("opencode", _MESSAGES),
    ("grok", _CHAT),
    ("droid", _MESSAGES),
    ("droid", _RESPONSES),
    ("droid", _CHAT),
    ("gemini", _GOOGLE),
    ("qwen", _CHAT),
]
# Where nothing of the agent itself may leave a trace in the user's own home.
_OWN_FOLDERS = {".config", ".local"}


def need_agent(name: str) -> None:
    need(
        (Path(os.environ.get("RINGLET_TEST_AGENTS", "/nowhere")) / name).exists(),
        f"the agent {name} (install it with: make agents)",
    )


def arguments(agent: str, prompt: str) -> list[str]:
    return [prompt if word == "PROMPT" else word for word in _UNATTENDED[agent]]


@pytest.mark.parametrize(("agent", "provider"), _PAIRS)
def test_a_real_agent_answers_runs_a_tool_and_uses_its_key(
    world: World, model: Model, agent: str, provider: tuple[str, str, str]
) -> None:
    need_agent(agent)
    kind, suffix, apis = provider
    key = f"sk-canary-{agent}-0123456789abcdef"
    world.add_provider("loop", kind, model.base_url + suffix, apis)
    world.run(
        "profiles", "create", agent, "work", "--provider", "loop", "--api-key-stdin", stdin=key
    )
    prompt = "[[bash: env > tool-env.txt; echo made > made.txt]] [[say: I am done.]]"
    foreign = {
        "OPENAI_API_KEY": "sk-foreign-openai-000000000000",
        "ANTHROPIC_API_KEY": "sk-foreign-anthropic-0000000",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/foreign",
        "XDG_CONFIG_HOME": str(world.home / "foreign"),
        "CODEX_HOME": str(world.home / "foreign"),
        "NODE_OPTIONS": "--foreign",
        "RINGLET_CONFIG_DIR": str(world.config),
    }

    done = world.run("profiles", "run", "work", "--", *arguments(agent, prompt), environ=foreign)

    assert "I am done." in done.stdout
    assert (world.project / "made.txt").read_text() == "made\n"
    assert model.saw_key(key)
    assert {r["model"] for r in model.requests() if r["model"]} == {"model-a"}
    assert "foreign" not in (world.project / "tool-env.txt").read_text()
    assert {entry.name for entry in world.home.iterdir()} <= {
        *_OWN_FOLDERS,
        f".{agent}-profiles",
    }
    profile = world.json("profiles", "list")[0]
    assert profile["total_runs"] == 1
    run = world.json("runs", "list")[0]
    assert (run["outcome"], run["exit_code"], run["profile"]) == ("exited", 0, "work")
    assert run["peak_memory_bytes"] > 10_000_000
    assert run["cpu_seconds"] > 0
    assert_key_is_nowhere(world, key)


def assert_key_is_nowhere(world: World, key: str) -> None:
    """No file of the home or the configuration holds the key."""
    for path in world.home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert key.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("agent", sorted(_UNATTENDED))
def test_the_demo_provider_works_with_every_agent_and_needs_no_key(
    world: World, agent: str
) -> None:
    need_agent(agent)
    world.run("profiles", "create", agent, "work", "--provider", "demo")

    done = world.run(
        "profiles", "run", "work", "--", *arguments(agent, "[[say: Hello from the demo.]]")
    )

    assert "Hello from the demo." in done.stdout


def test_two_profiles_of_one_agent_run_at_once_and_know_nothing_of_each_other(
    world: World, model: Model
) -> None:
    need_agent("claude")
    world.add_provider("loop", *_MESSAGES[:1], model.base_url, _MESSAGES[2])
    keys = {"one": "sk-canary-one-0123456789abcdef", "two": "sk-canary-two-0123456789abcdef"}
    for alias, key in keys.items():
        number = "a" if alias == "one" else "b"
        world.run(
            *("profiles", "create", "claude", alias, "--provider", "loop"),
            *("--model", f"model-{number}", "--api-key-stdin"),
            stdin=key,
        )
    runs = [
        world.start(
            *("profiles", "run", alias, "--"),
            *arguments("claude", f"[[bash: sleep 1; env > env-{alias}.txt]] [[say: {alias} says]]"),
        )
        for alias in keys
    ]
    outputs = [run.communicate(timeout=90)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0]
    assert "one says" in outputs[0]
    assert "two says" in outputs[1]
    seen = {(r["key_sha256"], r["model"]) for r in model.requests() if r["model"]}
    assert len(seen) == 2
    for alias, other in (("one", "two"), ("two", "one")):
        env = (world.project / f"env-{alias}.txt").read_text()
        assert keys[other] not in env
        assert f"RINGLET_PROFILE={alias}" in env
        home = world.home / ".claude-profiles" / alias
        history = "".join(
            path.read_text(errors="replace") for path in home.rglob("*.jsonl") if path.is_file()
        )
        assert f"{alias} says" in history
        assert f"{other} says" not in history
