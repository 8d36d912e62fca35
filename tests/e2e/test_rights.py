"""What an agent's tools may ask of the daemon, tried from within runs and from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_real_agents import arguments, need_agent
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, Model, World, free_port, wait_for

_INSIDE = Path(__file__).with_name("inside.py")
_KEYS = {"two": "sk-canary-two-0123456789abcdefgh", "three": "sk-canary-three-0123456789abcdef"}
_FORBIDDEN = 1107
_STATUS = 77
Answers = list[tuple[int, str]]


@pytest.fixture
def pair(world: World) -> World:
    """Two profiles, each with a key, of an agent that does what its standard input says."""
    add_agent(world, f'exec {sys.executable} {_INSIDE} "$@"')
    for alias, key in _KEYS.items():
        create(world, alias, key)
    world.run("ui")  # HTTP is up, and there is a token
    return world


@contextmanager
def running(world: World, alias: str) -> Iterator[str]:
    """A run of the profile that waits; its id."""
    words = [RINGLET, "profiles", "run", alias]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=world.environ, cwd=world.project
    ) as client:
        yield str(wait_for(lambda: started(world, alias), "the run")["run_id"])
        client.communicate(b"[]", timeout=60)


def started(world: World, alias: str) -> Any:
    runs = world.json("runs", "list")
    return next(
        (r for r in runs if r["profile"] == alias and r["pid"] and not r["exit_code"]), None
    )


def within(world: World, jobs: Iterable[Any], alias: str = "two", *words: str) -> Answers:
    """What the jobs come to in a run of the profile."""
    done = world.run("profiles", "run", alias, "--", *words, stdin=json.dumps(list(jobs)))
    return answers_in(done.stdout)


def outside(world: World, jobs: Iterable[Any], *prefix: str, **environ: str) -> Answers:
    """What they come to in a plain shell, or as `prefix` runs them."""
    done = subprocess.run(
        [*prefix, sys.executable, str(_INSIDE)],
        input=json.dumps(list(jobs)),
        env={**world.environ, "RINGLET_PROFILE": "two", **environ},
        cwd=world.project,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return answers_in(done.stdout)


def answers_in(text: str) -> Answers:
    return [(status, told) for status, told in json.loads(text)]


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
    "init --yes --skip-daemon",
    "demo",
    "ui",
    "daemon stop",
    "daemon restart",
    "daemon start --stay-alive",
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
    {"type": "profiles_complete", "run_id": "OWN_RUN"},
    {"type": "run_started", "run_id": "OWN_RUN", "pid": 1},
    {"type": "runs_pause", "run_id": "OWN_RUN"},
    {"type": "run_key", "run_id": "RUN"},
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
    {"type": "usage_import"},
    {"type": "usage_merge", "records": []},
    {"type": "secrets_passphrase", "passphrase": None},
    {"type": "config_adopt"},
    {"type": "daemon_adjust", "stay_alive": True},
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
        "scripts list", "scripts show fake.rhai", "usage --profile three", "usage verify",
        "usage daily --profile three", "usage prices", "usage export --format ndjson",
    )),
    *(("request", request) for request in (
        {"type": "profiles_inspect", "alias": "three"},
        {"type": "profiles_env", "alias": "three"},
        {"type": "profiles_plan", "alias": "three"},
        {"type": "env_tasks", "alias": "three"},
        {"type": "usage", "profile": "three"},
        {"type": "usage_report", "profile": "three"},
        {"type": "usage_prices"},
        {"type": "usage_export"},
        {"type": "usage_verify"},
        {"type": "config_list"},
        {"type": "secrets_list"},
        {"type": "secrets_status"},
        {"type": "stats"},
        {"type": "doctor"},
        {"type": "scripts_list"},
        {"type": "scripts_show", "name": "fake.rhai"},
        {"type": "fs_list"},
        {"type": "fs_complete", "prefix": "/"},
        {"type": "git_info", "path": "~"},
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


def attacks(run: str) -> list[Any]:
    """All that no run may do, whatever it may read; `run` is one of another profile."""
    jobs: list[Any] = [
        *(("command", words.split()) for words in _COMMANDS),
        *(("request", request) for request in _REQUESTS),
        *(("http", *asked) for asked in _HTTP),
    ]
    found: list[Any] = json.loads(
        json.dumps(jobs).replace('"RUN', f'"{run}').replace("/RUN", f"/{run}")
    )
    return found


def is_refusal(job: Any, answer: tuple[int, str]) -> bool:
    """Whether that was refused for want of rights, and for nothing else."""
    status, text = answer
    kind = job[0]
    if kind == "events":
        return status == 1
    told = str(_FORBIDDEN) in text or kind == "request"
    right = {"command": _STATUS, "request": _FORBIDDEN, "http": 403}[kind]
    return told and status == right


def failing(jobs: list[Any], answers: Answers, *, refused: bool) -> list[Any]:
    """The jobs that came out otherwise."""
    pairs = list(zip(jobs, answers, strict=True))
    if refused:
        return [pair for pair in pairs if not is_refusal(*pair)]
    return [pair for pair in pairs if pair[1][0] != 0]


def state(world: World) -> Any:
    """What an attack might have changed."""
    listed: list[tuple[str, ...]] = [
        ("profiles", "list"),
        ("aliases", "list"),
        ("budget", "list"),
        ("config", "list"),
    ]
    listed += [
        ("secrets", "list"),
        ("profiles", "inspect", "two"),
        ("profiles", "inspect", "three"),
    ]
    found = [world.json(*words) for words in listed]
    return json.loads(json.dumps(found).replace("null", '""')), world.daemon_pid()


_COUNTED = ("last_used", "total_runs", "active_runs")


def without_counts(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: without_counts(v) for n, v in value.items() if n not in _COUNTED}
    return [without_counts(v) for v in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("rights", ["self", "read"])
def test_a_run_changes_nothing_starts_nothing_elsewhere_and_sees_no_secret_of_others(
    pair: World, rights: str
) -> None:
    pair.run("config", "set", "isolation.agent_rights", rights)
    before = without_counts(state(pair))
    with running(pair, "three") as run:
        jobs = [job for job in attacks(run) if rights == "self" or job[0] != "command"]
        answers = within(pair, jobs)
        assert failing(jobs, answers, refused=True) == []
        assert started(pair, "three")["outcome"] == "running"
    assert not any(_KEYS["three"] in text for _, text in answers)
    assert without_counts(state(pair)) == before


def test_a_run_knows_nothing_of_other_profiles_unless_it_may_read(pair: World) -> None:
    answers = within(pair, _FOREIGN)
    assert failing(_FOREIGN, answers, refused=True) == []
    said = answers[0][1]
    assert all(
        word in said for word in ("profiles inspect", "profile two", "isolation.agent_rights")
    )
    assert "ringlet profiles set two agent-rights read" in said

    pair.run("profiles", "set", "two", "agent-rights", "read")
    answers = within(pair, _FOREIGN)
    assert failing(_FOREIGN, answers, refused=False) == []
    assert not any(_KEYS["three"] in text for _, text in answers)


def test_a_run_reads_what_concerns_its_own_profile_and_only_that(pair: World) -> None:
    with running(pair, "three"):
        answers = within(pair, _OWN)
    assert failing(_OWN, answers, refused=False) == []
    assert not any("three" in text for _, text in answers)
    assert any(_KEYS["two"] in text for _, text in answers)


def test_who_leaves_before_the_answer_is_not_taken_for_the_user(pair: World) -> None:
    """Of a connection that is closed already, nobody can be found who holds it."""
    change = ["hasty", "PUT", "/api/budgets/three/daily", {"usd": 5}]
    within(pair, [change, ["http", "GET", "/api/ping"]])
    assert pair.json("budget", "list") == []


def test_a_run_sees_the_usage_of_its_own_profile_only(pair: World) -> None:
    """However it asks, also where the ledger has more of another profile."""
    sizes = {"two": 22_000, "three": 333_000}
    records = [used(alias, size) for alias, size in sizes.items()]
    ((status, told),) = outside(pair, [["request", {"type": "usage_merge", "records": records}]])
    assert (status, json.loads(told)) == (0, {"records": 2, "new": 2})
    kinds = "daily weekly monthly sessions models profiles projects branches blocks".split()
    lines = [f"usage {kind} --period all --json" for kind in kinds]
    lines += ["usage --period all --json", "usage export", "usage export --format csv"]
    jobs: list[Any] = [("command", line.split()) for line in lines]
    jobs += [("request", {"type": "usage", "period": "all"})]
    jobs += [("request", {"type": "usage_report", "period": "all", "by": ["profile"]})]
    jobs += [("http", "GET", "/api/usage?period=all")]
    for rights, hidden in (("self", True), ("read", False)):
        pair.run("config", "set", "isolation.agent_rights", rights)
        answers = within(pair, jobs)
        assert failing(jobs, answers, refused=False) == []
        assert all(("333000" in text or "355000" in text) != hidden for _, text in answers)
        assert all("22000" in text or "355000" in text for _, text in answers)


def used(profile: str, size: int) -> dict[str, Any]:
    """An answer in the ledger of another machine, with so many tokens of input."""
    texts = "agent model session project branch provider account run tier geo".split()
    return {
        **dict.fromkeys(texts, "x"),
        **{"key": f"{size:016x}", "machine": "other", "seq": size, "time": 1_764_000_000_000},
        **{"tokens": {"input": size}, "source": "test", "profile": profile},
        **{"sub_agent": False, "reported": None, "cost": None},
    }


def test_with_full_rights_a_run_may_what_its_user_may(pair: World) -> None:
    pair.run("profiles", "set", "two", "agent-rights", "full")
    answers = within(pair, _WISHES)
    assert failing(_WISHES, answers, refused=False) == []
    assert _KEYS["three"] in answers[0][1]


_WISHES: list[Any] = [
    ["command", ["profiles", "env", "three", "--include-secrets"]],
    ["command", ["profiles", "set", "three", "working-dir", "/"]],
    ["request", {"type": "profiles_env", "alias": "three", "include_secrets": True}],
    ["request", {"type": "config_set", "key": "secrets.delivery", "value": "env"}],
    ["http", "PUT", "/api/budgets/three/daily", {"usd": 5}],
    ["http", "GET", "/api/profiles/three"],
    ["events"],
]


def test_who_has_left_the_run_or_taken_its_mark_off_still_belongs_to_it(pair: World) -> None:
    for words in (("orphan",), ()):
        answers = within(pair, _WISHES, "two", *words)
        assert failing(_WISHES, answers, refused=True) == []


def test_people_are_not_locked_out(pair: World) -> None:
    exec_ = (RINGLET, "profiles", "exec", "two", "--")
    with running(pair, "two") as run:
        beside = {
            "a plain shell": outside(pair, _WISHES),
            "a shell in the environment of a profile": outside(pair, _WISHES, *exec_),
            "one that was started there": outside(pair, _WISHES, *exec_, "setsid", "-w"),
            "one with the mark of a run that ended": outside(
                pair, _WISHES, RINGLET_RUN_ID="0" * 32
            ),
        }
        marked = outside(pair, _WISHES, RINGLET_RUN_ID=run)
    for answers in beside.values():
        assert failing(_WISHES, answers, refused=False) == []
    assert failing(_WISHES, marked, refused=True) == []
    assert failing(_WISHES, outside(pair, _WISHES, RINGLET_RUN_ID=run), refused=False) == []


def test_a_run_that_a_run_starts_has_the_rights_of_both(pair: World) -> None:
    exec_ = ["profiles", "exec", "two", "--", RINGLET, "profiles", "env", "three"]
    nested = [
        ["command", [*exec_, "--include-secrets"]],
        ["command", ["profiles", "run", "two", "--", "orphan"]],
    ]
    (escaped, alone) = within(pair, nested)
    assert escaped[0] == _STATUS
    assert _KEYS["three"] not in escaped[1]
    assert alone[0] != 0  # it got nothing to do
    pair.run("profiles", "set", "two", "agent-rights", "full")
    inner = json.dumps(_WISHES)
    (told,) = within(pair, [["command", ["profiles", "run", "three"], inner]])
    wishes = [*_WISHES[:1], *_WISHES[1:]]
    assert failing(wishes[1:2], answers_in(told[1])[1:2], refused=True) == []


def test_a_daemon_that_a_run_starts_knows_of_the_run_and_of_the_user(pair: World) -> None:
    with running(pair, "three"):
        os.kill(pair.daemon_pid(), 9)
        answers = within(pair, _WISHES)
        assert failing(_WISHES, answers, refused=True) == []
        assert failing(_WISHES, outside(pair, _WISHES), refused=False) == []


def detached(world: World, jobs: list[Any]) -> Answers:
    """What the jobs come to in a run without a terminal."""
    path = world.project / "jobs.json"
    path.write_text(json.dumps(jobs))
    body = {"args": ["file", str(path)], "cwd": str(world.project)}
    assert outside(world, [["http", "POST", "/api/profiles/two/run", body]])[0][0] == 0
    answers = path.with_name("jobs.json.out")
    wait_for(answers.exists, "the end of the jobs", 90)
    return answers_in(answers.read_text())


def test_a_run_without_a_terminal_has_rights_of_its_own(pair: World) -> None:
    *wishes, own = detached(pair, [*_WISHES, ["command", ["profiles", "inspect", "two"]]])
    assert failing(_WISHES, wishes, refused=True) == []
    assert own[0] == 0


def test_a_shell_within_a_run_is_offered_only_what_it_may_name(pair: World) -> None:
    def offered(*line: str) -> Any:
        return ["command", ["__complete", "fish", *line, ""]]

    lines = [("profiles", "inspect"), ("profiles", "delete"), ("runs", "stop"), ("secrets", "rm")]
    lines += [("agents", "inspect")]
    inspect, delete, stop, rm, agents = within(pair, [offered(*line) for line in lines])
    assert "two" in inspect[1]
    assert "three" not in inspect[1]
    assert [each[1].strip() for each in (delete, stop, rm)] == ["words"] * 3
    assert "fake" in agents[1]


def test_a_run_has_the_same_rights_at_an_endpoint_that_is_a_port(pair: World) -> None:
    pair.run("daemon", "stop")
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    daemon = pair.start("daemon", "--foreground", "--stay-alive", "--socket", endpoint)
    try:
        wait_for(lambda: pair.run("profiles", "list", check=False).returncode == 0, "the daemon")
        wait_for((pair.config / "http-endpoint").exists, "HTTP")
        assert failing(_WISHES[:5], outside(pair, _WISHES[:5]), refused=False) == []
        assert failing(_WISHES[:5], detached(pair, _WISHES[:5]), refused=True) == []
    finally:
        daemon.terminate()
        daemon.communicate(timeout=60)


def test_a_tool_call_of_a_real_agent_gets_no_key_of_another_profile(
    world: World, model: Model
) -> None:
    need_agent("claude")
    world.add_provider("loop", "anthropic-compatible", model.base_url, 'apis = ["messages"]')
    for alias, key in _KEYS.items():
        words = ("create", "claude", alias, "--provider", "loop", "--api-key-stdin")
        world.run("profiles", *words, stdin=key)
    prompt = (
        f"[[bash: {RINGLET} profiles env three --include-secrets > env.txt 2>&1; echo $? > rc.txt; "
        f"env -u RINGLET_RUN_ID {RINGLET} profiles set three model model-b > set.txt 2>&1; "
        f"{RINGLET} profiles list > list.txt; {RINGLET} usage --json > usage.txt]] [[say: Done.]]"
    )
    done = world.run("profiles", "run", "two", "--", *arguments("claude", prompt))
    assert "Done." in done.stdout
    told = {name: (world.project / f"{name}.txt").read_text() for name in ("env", "rc", "set")}
    assert _KEYS["three"] not in told["env"]
    assert f"[{_FORBIDDEN}]" in told["env"]
    assert f"[{_FORBIDDEN}]" in told["set"]
    assert told["rc"] == f"{_STATUS}\n"
    listed = (world.project / "list.txt").read_text()
    assert "two" in listed
    assert "three" not in listed
    assert json.loads((world.project / "usage.txt").read_text())
    assert _KEYS["three"] in world.run("profiles", "env", "three", "--include-secrets").stdout
