"""Whatever has happened to a file, the daemon starts, says so, and loses nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from tests.components import need
from tests.e2e.damage import DAMAGES, FILES, StateFile, copy_account
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for

_WORKERS = 4
_RUN = {
    "run_id": "0123456789abcdef0123456789abcdef", "profile": "good", "agent_id": "fake",
    "provider_id": "loop", "model": "model-a", "cwd": "/", "started_at": "2026-01-01T00:00:00Z",
    "client_pid": 4194303, "client_start": 1.0,
}  # fmt: skip
_AGENT = 'id = "mine"\nname = "Mine"\nbinary = "mine"\n[profile]\nsource_home = "~/.m/{alias}"\n'


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An account that has been in use: every kind of state file is there and whole."""
    world = World(tmp_path_factory.mktemp("account"), "")
    (world.config / "secrets").mkdir(parents=True, mode=0o700)
    (world.config / "config.toml").write_text(
        '[secrets]\nbackend = "file"\n[daemon]\nhttp_port = 0\n'
    )
    add_agent(world, "true")
    create(world, "good")
    create(world, "victim")
    world.run("profiles", "run", "good")
    world.run("agents", "set-path", "fake", str(world.root / "bin" / "fake-agent"))
    world.run("usage")
    world.run("daemon", "stop")
    for name, text in {
        "agents.d/mine.toml": _AGENT + 'script = "mine.rhai"\n',
        "providers.d/gate.yaml": "id: gate\nname: Gate\ntype: openai-compatible\n"
        "endpoints:\n  default: http://127.0.0.1:9\nauth:\n  required: false\n",
        "scripts/mine.rhai": "let env = #{};\nenv.MODEL = profile.model;\n#{ env: env }\n",
        "runs/0123456789abcdef0123456789abcdef.json": json.dumps(_RUN),
        "secrets/keychain.json": '{"schema_version":1,"names":["some-name"]}',
        "http_token": "0123456789abcdef" * 4,
        "daemon-endpoint": "/nowhere/ringletd.sock",
        "daemon.pid": "1",
    }.items():
        (world.config / name).write_text(text)
    yield world
    shutil.rmtree(world.runtime)


def _prepare(template: World, root: Path) -> World:
    """An account of its own that is used without the privileges of root, if the tests have them."""
    copy_account(template.home, root / "home")
    world = World(root, "")
    world.environ["PATH"] = template.environ["PATH"]
    if os.geteuid() == 0:
        need(shutil.which("setpriv"), "setpriv")
        world.prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
    return world


def _complaints(world: World, file: StateFile, damage: str) -> list[str]:
    """What is not as it should be after a start with the damage, in words."""
    path = world.home / file.path
    damaged = path.read_bytes() if damage in ("half", "random", "wrong type") else None
    done = world.run("profiles", "list", "--json", check=False)
    if done.returncode != 0:
        return [f"the first command ended with {done.returncode}: {done.stdout}{done.stderr}"]
    status = world.json("daemon", "status")
    found = []
    if status["status"] != "running":
        found.append(f"the daemon is {status['status']}")
    names = {profile["alias"] for profile in json.loads(done.stdout)}
    if names != ({"good"} if path.stem == "victim" else {"good", "victim"}):
        found.append(f"the profiles are {names}")
    told: list[str] = []
    if damage not in file.harmless:
        with suppress(AssertionError):  # what is looked through in the background takes its time
            told = wait_for(lambda: _told(world, path), f"a word about {path.name}")
    if damage not in file.harmless and not told:
        found.append(f"the status says only {status['problems']}")
    if damage not in file.harmless | file.kept and not file.by_hand:
        kept = sorted((world.config / "quarantine").glob(f"{path.name}*"))
        if not kept:
            found.append("nothing was set aside")
        elif damaged is not None and path.suffix != ".jsonl" and kept[0].read_bytes() != damaged:
            found.append("what was set aside is not what was there")
    if file.by_hand and damaged is not None and path.read_bytes() != damaged:
        found.append("the user's own file was changed")
    if "secret" not in file.path:
        key = world.json("profiles", "inspect", "good")["api_key"]
        if not key.endswith("efgh"):
            found.append(f"the key of another profile is {key!r}")
    return found


def _told(world: World, path: Path) -> list[str]:
    """What the daemon says about a file."""
    return [text for text in world.json("daemon", "status")["problems"] if path.name in text]


@pytest.mark.parametrize("file", FILES, ids=lambda file: Path(file.path).name)
def test_a_damaged_file_costs_nothing_but_itself(
    file: StateFile, template: World, tmp_path: Path
) -> None:
    def attempt(damage: str) -> list[str]:
        world = _prepare(template, tmp_path / uuid4().hex[:8])
        DAMAGES[damage](world.home / file.path)
        try:
            return [f"{damage}: {text}" for text in _complaints(world, file, damage)]
        finally:
            world.run("daemon", "stop", check=False)
            shutil.rmtree(world.runtime, ignore_errors=True)

    with ThreadPoolExecutor(_WORKERS) as pool:
        found = [text for texts in pool.map(attempt, DAMAGES) for text in texts]
    assert found == [], "\n".join(found)


def test_the_table_of_damages_is_as_large_as_it_should_be(
    record_property: Callable[[str, object], None],
) -> None:
    count = len(FILES) * len(DAMAGES)
    record_property("count", f"{count} damaged files: {len(FILES)} files, {len(DAMAGES)} damages")
    assert count >= 140
