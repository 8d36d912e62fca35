"""Keys: kept where the user is told, shown nowhere."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.components import need
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, World, wait_for

_KEY = "sk-canary-7f3a9c1e5b2d8064"


def files_with(key: str, *folders: Path) -> list[Path]:
    """The files below the folders that hold the key."""
    paths = (path for folder in folders for path in folder.rglob("*"))
    regular = (path for path in paths if path.is_file() and not path.is_symlink())
    return [path for path in regular if key.encode() in path.read_bytes()]


def arguments_of_all_processes() -> str:
    texts = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texts.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(texts)


def ask(world: World, **request: Any) -> str:
    """The daemon's raw reply to a request."""
    endpoint = world.json("daemon", "status")["endpoint"]
    asked = subprocess.run(
        ["nngcat", "--req", "--dial", f"ipc://{endpoint}", "-D", json.dumps(request), "--raw",
         "--recv-timeout", "10"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    return asked.stdout


def test_a_key_is_in_no_file_argument_log_or_reply(world: World) -> None:
    need(shutil.which("nngcat"), "nngcat")
    add_agent(world, "touch started; while [ ! -e finish ]; do sleep 0.1; done")
    world.run("daemon", "start", "--daemon-log-level", "debug")
    create(world, key=_KEY)
    client = world.start("profiles", "run", "work")
    wait_for((world.project / "started").exists, "the agent's start")
    replies = [
        ask(world, type="profiles_list"),
        ask(world, type="profiles_inspect", alias="work"),
        ask(world, type="profiles_env", alias="work"),
        ask(world, type="profiles_prepare", alias="work"),
        ask(world, type="runs_list"),
        ask(world, type="daemon_status"),
        ask(world, type="profiles_create", alias=7, api_key=_KEY),
        world.run("profiles", "env", "work").stdout,
        world.run("profiles", "inspect", "work").stdout,
    ]
    processes = arguments_of_all_processes()
    (world.project / "finish").touch()
    client.communicate(timeout=30)

    assert "execution_context" in replies[3]
    assert _KEY not in "".join(replies)
    assert _KEY not in processes
    assert files_with(_KEY, world.root, world.runtime) == []
    assert "****8064" in replies[8]


def test_a_ticket_is_good_once_and_only_on_its_own_connection(world: World) -> None:
    need(shutil.which("nngcat"), "nngcat")
    add_agent(world, "exit 0")
    create(world, key=_KEY)
    plan = json.loads(ask(world, type="profiles_prepare", alias="work"))["data"]
    assert sorted(plan["secret_env"]) == ["FAKE_KEY", "LOOP_KEY"]
    stolen = json.loads(ask(world, type="run_secrets", ticket=plan["ticket"]))
    assert stolen["data"]["code"] == 1107


def test_without_a_keychain_the_user_is_told_where_the_key_is(world: World) -> None:
    add_agent(world, "exit 0")
    done = world.run(
        *"profiles create fake work --provider loop --api-key-stdin".split(), stdin=_KEY
    )
    assert "encrypted file" in done.stderr
    assert (world.config / "secrets" / "store.enc").exists()
    profile = json.loads((world.config / "profiles" / "work.json").read_text())
    assert profile["env"] == {"LOOP_KEY": "$KEYCHAIN:loop-work"}


def test_with_a_keychain_the_key_goes_there_and_comes_back(world: World) -> None:
    need(shutil.which("dbus-run-session"), "dbus")
    need(shutil.which("gnome-keyring-daemon"), "gnome-keyring")
    add_agent(world, 'echo "key=$FAKE_KEY"')
    ringlet = shlex.quote(RINGLET)
    script = f"""
        printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        printf %s {_KEY} | {ringlet} profiles create fake work --provider loop --api-key-stdin
        {ringlet} profiles run work
        {ringlet} daemon status --json
        {ringlet} daemon stop >/dev/null
        {ringlet} profiles run work
        {ringlet} profiles delete work --purge --yes
        printf %s {_KEY} | {ringlet} profiles create fake again --provider loop --api-key-stdin
        {ringlet} daemon stop >/dev/null
    """
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script],
        env=world.environ,
        cwd=world.project,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.count(f"key={_KEY}") == 2, done.stderr
    assert '"secret_store": "keychain"' in done.stdout
    assert not (world.config / "secrets" / "store.enc").exists()
    assert files_with(_KEY, world.config) == []


def test_a_failed_creation_leaves_neither_key_nor_home_nor_profile(world: World) -> None:
    add_agent(world, "exit 0")
    script = world.config / "scripts" / "fake.rhai"
    script.write_text("let x = 1;\nthrow `no good`;")
    done = world.run(
        *"profiles create fake work --provider loop --api-key-stdin".split(),
        stdin=_KEY,
        check=False,
    )
    assert done.returncode == 1
    assert "fake.rhai" in done.stderr
    assert "no good" in done.stderr
    assert world.json("profiles", "list") == []
    assert not (world.home / ".fake-profiles").exists()
    assert list((world.config / "profiles").iterdir()) == []
    script.write_text("#{ files: #{}, env: #{ FAKE_KEY: provider.api_key }, args: [] }")
    missing = world.run("profiles", "create", "fake", "work", "--provider", "loop", check=False)
    assert "no terminal" in missing.stderr


@pytest.fixture
def evil_world(world: World) -> Iterator[World]:
    add_agent(world, "exit 0")
    yield world


@pytest.mark.parametrize(
    "result",
    [
        '#{ files: #{ "../escape.txt": "x" } }',
        '#{ files: #{ "/tmp/escape.txt": "x" } }',
        '#{ files: #{ "link/escape.txt": "x" } }',
        '#{ files: #{ "key.txt": "${API_KEY}" } }',
        '#{ files: "text" }',
        '#{ env: #{ "BAD-NAME": "x" } }',
        "#{ args: [1] }",
        "42",
        "loop {}",
        "let x = ;",
    ],
)
def test_a_script_that_goes_wrong_is_refused_and_writes_nothing(
    evil_world: World, result: str
) -> None:
    world = evil_world
    (world.config / "scripts" / "fake.rhai").write_text(result)
    home = world.home / ".fake-profiles" / "work"
    home.mkdir(parents=True)
    outside = world.root / "outside"
    outside.mkdir()
    (home / "link").symlink_to(outside)
    done = world.run(
        *"profiles create fake work --provider loop --api-key-stdin".split(),
        stdin=_KEY,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "[9999]" not in done.stderr
    assert list(outside.iterdir()) == []
    assert sorted(path.name for path in home.iterdir()) == ["link"]
    assert not Path("/tmp/escape.txt").exists()
    assert world.json("profiles", "list") == []
    assert world.daemon_pid() > 0


def test_values_of_the_environment_cannot_run_in_a_shell(world: World) -> None:
    add_agent(world, "exit 0")
    value = "$(touch ran) `touch ran` $HOME \\ \" ' ! \n;touch ran"
    script = f"#{{ env: #{{ TRICKY: {json.dumps(value)} }} }}"
    (world.config / "scripts" / "fake.rhai").write_text(script)
    create(world)
    commands = world.run("profiles", "env", "work", "--shell", "bash").stdout
    shell = subprocess.run(
        ["bash", "-c", f'{commands}\nprintf %s "$TRICKY"'],
        env={"PATH": os.environ["PATH"]},
        cwd=world.project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout == value
    assert not (world.project / "ran").exists()
    assert "LOOP_KEY" not in commands
    assert _KEY not in commands
