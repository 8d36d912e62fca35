"""What an agent's tools may ask of the daemon, tried from within runs and from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World

_INSIDE = Path(__file__).with_name("inside.py")
_KEYS = {"two": "sk-canary-two-0123456789abcdefgh", "three": "sk-canary-three-0123456789abcdef"}
_FORBIDDEN = 1107
_STATUS = 77
Answers = list[tuple[int, str]]


@pytest.fixture
def pair(world: World) -> World:
    """Two profiles, each with a key, of an agent that does what its standard input says."""
    add_agent(world, f"exec {sys.executable} {_INSIDE}")
    for alias, key in _KEYS.items():
        create(world, alias, key)
    world.run("ui")  # HTTP is up, and there is a token
    return world


def within(world: World, jobs: Iterable[Any], alias: str = "two") -> Answers:
    """What the jobs come to in a run of the profile."""
    done = world.run("profiles", "run", alias, stdin=json.dumps(list(jobs)))
    return [(status, text) for status, text in json.loads(done.stdout)]


def outside(world: World, jobs: Iterable[Any], environ: Mapping[str, str] = {}) -> Answers:
    """What they come to in a plain shell."""
    done = subprocess.run(
        [sys.executable, str(_INSIDE)],
        input=json.dumps(list(jobs)),
        env={**world.environ, "RINGLET_PROFILE": "two", **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return [(status, text) for status, text in json.loads(done.stdout)]


# What gives away secrets, changes something or starts something elsewhere: never from a run.
_COMMANDS = [
    "profiles env three --include-secrets",
    "profiles run three",
    "profiles exec three -- env",
    "profiles set three model model-b",
    "profiles set two agent-rights full",
    "profiles set-key two --api-key-stdin",
    "profiles rename three four",
    "profiles clone three four --reuse-key",
    "profiles create fake five --provider loop --reuse-key-of three",
    "profiles edit three",
    "profiles delete three --purge --yes",
    "aliases install three",
    "aliases uninstall three",
    "runs pause two",
    "runs resume three",
    "runs stop two",
    "budget set two --daily 5",
    "budget rm two",
    "config set isolation.agent_rights full",
    "config unset isolation.agent_rights",
    "config edit",
    "secrets set loop-three --stdin",
    "secrets rm loop-three --force",
    "secrets passphrase --stdin",
    "secrets lock",
    "secrets unlock --stdin",
    "secrets move --to file",
    "scripts edit fake",
    "agents refresh",
    "agents list --refresh",
    "agents set-path fake /bin/true",
    "agents install claude",
    "agents update claude",
    "agents uninstall claude",
    "usage import",
    "usage import-claude",
    "usage merge nothing.ndjson",
    "doctor --fix",
    "env setup two nothing",
    "init --yes",
    "demo",
    "ui",
    "daemon stop",
    "daemon restart",
    "daemon token rotate",
]
_REQUESTS: list[dict[str, Any]] = [
    {"type": "profiles_env", "alias": "three", "include_secrets": True},
    {"type": "profiles_prepare", "alias": "three"},
    {"type": "profiles_prepare", "alias": "three", "command": ["env"]},
    {"type": "profiles_run", "alias": "three"},
    {"type": "profiles_update", "alias": "two", "agent_rights": "full"},
    {"type": "profiles_set_key", "alias": "two", "api_key": "sk-new"},
    {"type": "profiles_rename", "alias": "three", "new_alias": "four"},
    {"type": "profiles_clone", "alias": "three", "new_alias": "four", "reuse_key": True},
    {"type": "profiles_create", "agent_id": "fake", "alias": "five", "provider_id": "loop",
     "reuse_key_of": "three"},
    {"type": "profiles_delete", "alias": "three", "purge": True},
    {"type": "profiles_complete", "run_id": "RUN"},
    {"type": "run_started", "run_id": "RUN", "pid": 1},
    {"type": "run_key", "run_id": "OTHER"},
    {"type": "runs_pause", "run_id": "RUN"},
    {"type": "runs_resume", "run_id": "RUN"},
    {"type": "runs_stop", "run_id": "RUN"},
    {"type": "budgets_set", "scope": "two", "period": "daily", "usd": 5},
    {"type": "budgets_remove", "scope": "two"},
    {"type": "config_set", "key": "isolation.agent_rights", "value": "full"},
    {"type": "config_unset", "key": "isolation.agent_rights"},
    {"type": "secrets_set", "name": "loop-three", "value": "sk-new"},
    {"type": "secrets_delete", "name": "loop-three", "force": True},
    {"type": "secrets_lock"},
    {"type": "secrets_unlock", "passphrase": "x"},
    {"type": "secrets_move", "to": "file"},
    {"type": "scripts_copy", "name": "fake.rhai"},
    {"type": "agents_list", "refresh": True},
    {"type": "agents_set_path", "id": "fake", "path": "/bin/true"},
    {"type": "agents_install", "id": "claude"},
    {"type": "agents_uninstall", "id": "claude"},
    {"type": "aliases_install", "alias": "three"},
    {"type": "aliases_uninstall", "alias": "three"},
    {"type": "env_setup", "alias": "two", "task": "nothing"},
    {"type": "usage_import_claude"},
    {"type": "doctor", "fix": True},
    {"type": "access_code"},
    {"type": "access_redeem", "code": "x"},
    {"type": "token_rotate"},
    {"type": "shutdown"},
]  # fmt: skip
_HTTP: list[tuple[Any, ...]] = [
    ("POST", "/api/profiles/three/run", {}),
    ("PATCH", "/api/profiles/two", {"agent_rights": "full"}),
    ("PUT", "/api/profiles/two/key", {"api_key": "sk-new"}),
    ("POST", "/api/profiles/three/clone", {"new_alias": "four", "reuse_key": True}),
    ("POST", "/api/profiles/three/rename", {"new_alias": "four"}),
    ("DELETE", "/api/profiles/three"),
    ("POST", "/api/runs/RUN/pause"),
    ("POST", "/api/runs/RUN/resume"),
    ("DELETE", "/api/runs/RUN"),
    ("PUT", "/api/budgets/two/daily", {"usd": 5}),
    ("DELETE", "/api/budgets/two"),
    ("PUT", "/api/aliases/three"),
    ("DELETE", "/api/aliases/three"),
    ("POST", "/api/agents/refresh"),
    ("POST", "/api/agents/claude/install", {}),
    ("DELETE", "/api/agents/claude/install"),
    ("POST", "/api/scripts/fake.rhai/copy"),
    ("POST", "/api/usage/import-claude", {}),
    ("POST", "/api/doctor/fix"),
    ("POST", "/api/session", {"code": "x"}),
    ("POST", "/api/shutdown"),
]
# What is of other profiles, or of the user: not from a run that has its usual rights.
_FOREIGN: list[Any] = [
    *(("command", words.split()) for words in (
        "profiles inspect three", "profiles env three", "profiles plan three", "config list",
        "config get secrets.backend", "secrets list", "secrets status", "doctor", "stats",
        "scripts list", "scripts show fake", "usage --profile three", "usage verify",
        "usage daily --profile three", "usage prices",
    )),
    *(("request", request) for request in (
        {"type": "profiles_inspect", "alias": "three"},
        {"type": "profiles_env", "alias": "three"},
        {"type": "profiles_plan", "alias": "three"},
        {"type": "env_tasks", "alias": "three"},
        {"type": "usage", "profile": "three"},
        {"type": "usage_report", "profile": "three"},
        {"type": "usage_prices"},
        {"type": "config_list"},
        {"type": "secrets_list"},
        {"type": "secrets_status"},
        {"type": "stats"},
        {"type": "doctor"},
        {"type": "scripts_list"},
        {"type": "scripts_show", "name": "fake.rhai"},
        {"type": "fs_list"},
        {"type": "fs_complete", "prefix": "/"},
        {"type": "git_info", "path": "/"},
    )),
    *(("http", "GET", path) for path in (
        "/api/profiles/three", "/api/profiles/three/env", "/api/settings", "/api/secrets",
        "/api/usage?profile=three", "/api/stats", "/api/fs/list", "/api/doctor", "/metrics",
        "/api/events", 
    )),
    ("events",),
]  # fmt: skip
_OWN: list[Any] = [
    *(("command", words.split()) for words in (
        "profiles list", "profiles inspect two", "profiles plan two", "profiles env two",
        "profiles env two --include-secrets", "profiles exec two -- true", "runs list",
        "usage", "usage daily", "usage models --by day", "usage --profile two --json",
        "usage export", "usage unpriced", "usage statusline", "budget list", "aliases list",
        "agents list", "agents inspect fake", "providers list", "providers inspect loop",
        "env list two", "config path", "completion bash", "help profiles", "version",
        "daemon status", "profiles --help", "daemon start",
    )),
    *(("request", request) for request in (
        {"type": "ping"}, {"type": "hello"}, {"type": "daemon_status"},
        {"type": "profiles_list"}, {"type": "profiles_inspect", "alias": "two"},
        {"type": "profiles_env", "alias": "two", "include_secrets": True},
        {"type": "runs_list"}, {"type": "usage"}, {"type": "usage_report", "by": "model"},
        {"type": "budgets_list"}, {"type": "aliases_list"}, {"type": "agents_list"},
        {"type": "providers_list"},
    )),
    *(("http", "GET", path) for path in (
        "/api/ping", "/api/daemon/status", "/api/profiles", "/api/profiles/two", "/api/runs",
        "/api/usage", "/api/agents", "/api/openapi.json", "/",
    )),
]  # fmt: skip


def attacks(run: str = "none") -> list[Any]:
    """All that no run may do, whatever it may read."""
    jobs: list[Any] = [
        *(("command", words.split()) for words in _COMMANDS),
        *(("request", request) for request in _REQUESTS),
        *(("http", *asked) for asked in _HTTP),
    ]
    return json.loads(json.dumps(jobs).replace("RUN", run))


def is_refusal(job: Any, answer: tuple[int, str]) -> bool:
    """Whether that was refused for want of rights, and for nothing else."""
    status, text = answer
    kind = job[0]
    if kind == "events":
        return status == 1
    told = str(_FORBIDDEN) in text or kind == "request"
    right = {"command": (_STATUS, 1), "request": (_FORBIDDEN,), "http": (403,)}[kind]
    return told and status in right


def failing(jobs: list[Any], answers: Answers, *, refused: bool) -> list[Any]:
    """The jobs that came out otherwise."""
    pairs = list(zip(jobs, answers, strict=True))
    if refused:
        return [pair for pair in pairs if not is_refusal(*pair)]
    return [pair for pair in pairs if pair[1][0] != 0]


def test_a_run_changes_nothing_starts_nothing_elsewhere_and_sees_no_secret_of_others(
    pair: World,
) -> None:
    jobs = [*attacks(), *_FOREIGN]
    before = pair.run("profiles", "inspect", "three", "--json").stdout
    answers = within(pair, jobs)
    assert failing(jobs, answers, refused=True) == []
    assert not any(_KEYS["three"] in text for _, text in answers)
    assert pair.run("profiles", "inspect", "three", "--json").stdout == before


def test_a_run_reads_what_concerns_its_own_profile(pair: World) -> None:
    answers = within(pair, _OWN)
    assert failing(_OWN, answers, refused=False) == []
    assert not any("three" in text for _, text in answers)
    assert any(_KEYS["two"] in text for _, text in answers)
