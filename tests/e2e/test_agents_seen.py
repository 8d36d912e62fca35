"""Which agents there are does not depend on who asks, and what becomes of one is told once."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.event_clients import dial, hear, tell
from tests.e2e.site import Site
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, World, wait_for

_MINE = ("AgentDetected", "AgentUpdated", "AgentRemoved")


def write(folder: Path, version: str, body: str = "", first: str = "#!/bin/sh") -> Path:
    """A program that says its version, replaced as a package manager would."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'{first}\n{body}\n[ "$1" = --version ] && echo "fake {version}" && exit\n'
    text += f"echo ran {version}\n"
    new = folder / ".new"
    new.write_text(textwrap.dedent(text))
    new.chmod(0o755)
    return new.replace(folder / "fake-agent")


@pytest.fixture
def bare(world: World) -> World:
    """A world whose agent is in the folders of nobody's PATH but those that a test names."""
    usual = world.environ["PATH"]
    add_agent(world, "exit 1")
    (world.root / "bin" / "fake-agent").unlink()
    world.environ["PATH"] = usual
    return world


def path_with(world: World, *folders: Path) -> dict[str, str]:
    return {"PATH": os.pathsep.join([*map(str, folders), world.environ["PATH"]])}


def listed(world: World, *options: str, **environ: str) -> dict[str, Any]:
    """The agent as `agents list` has it."""
    done = world.run("agents", "list", *options, "--json", environ=environ)
    return dict(next(each for each in json.loads(done.stdout) if each["id"] == "fake"))


def events(world: World) -> list[dict[str, Any]]:
    """What was told of the agent in the life of this daemon."""
    world.run("ui")
    found = []
    with dial(Site(world), f"?since=0&events={','.join(_MINE)}") as follower:
        assert hear(follower)["type"] == "EventsMissed"
        event = tell(follower, action="ping")
        while event["type"] != "Pong":
            found += [event] if event["data"]["id"] == "fake" else []
            event = hear(follower)
    return found


def test_two_callers_with_other_paths_see_one_agent_and_no_news_in_between(bare: World) -> None:
    old, new = bare.root / "old", bare.root / "new"
    write(old, "1.0.0")
    write(new, "2.0.0")
    watching = [
        subprocess.Popen(
            [RINGLET, "agents", "list", "--watch", "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=bare.project,
            env={**bare.environ, **path_with(bare, folder)},
        )
        for folder in (old, new)
    ]  # fmt: skip
    try:
        wait_for(lambda: len(events(bare)) >= 1, "news of the agent")
        seen = [listed(bare, **path_with(bare, folder))["version"] for folder in (old, new) * 3]
        seen.append(listed(bare)["version"])  # by a caller that has neither
        assert len(set(seen)) == 1
        assert [event["type"] for event in events(bare)] == ["AgentDetected"]
    finally:
        for process in watching:
            process.kill()
            process.communicate()


def test_a_run_takes_what_its_caller_would_and_else_what_is_known(bare: World) -> None:
    old, new = bare.root / "old", bare.root / "new"
    write(old, "1.0.0")
    write(new, "2.0.0")
    assert listed(bare, **path_with(bare, old))["version"] == "1.0.0"
    create(bare)
    ran = bare.run("profiles", "run", "work", environ=path_with(bare, new)).stdout
    assert "ran 2.0.0" in ran
    assert "ran 1.0.0" in bare.run("profiles", "run", "work").stdout
    assert [event["type"] for event in events(bare)] == ["AgentDetected"]


def test_what_a_path_has_brought_outlives_the_daemon_with_what_it_needs(bare: World) -> None:
    versions = bare.root / "node" / "v20" / "bin"
    write(versions, "3.1.0", first="#!/usr/bin/env interpreter-of-this-agent")
    interpreter = versions / "interpreter-of-this-agent"
    interpreter.write_text('#!/bin/sh\nexec /bin/sh "$@"\n')
    interpreter.chmod(0o755)
    assert listed(bare, **path_with(bare, versions))["version"] == "3.1.0"
    create(bare)
    bare.run("daemon", "stop")
    bare.run("daemon", "start")  # as one that a service manager starts
    again = listed(bare, "--refresh")
    assert (again["installed"], again["version"]) == (True, "3.1.0")
    assert "ran 3.1.0" in bare.run("profiles", "run", "work").stdout
    assert events(bare) == []


def test_one_that_does_not_answer_in_time_stays_what_it_was(bare: World) -> None:
    folder = bare.root / "slow"
    busy = bare.root / "busy"
    write(folder, "1.5.0", f"while [ -e {busy} ]; do sleep 0.1; done")
    manifest = bare.config / "agents.d" / "fake.toml"
    manifest.write_text(manifest.read_text().replace("[detect]", "[detect]\ntimeout_secs = 3"))
    here = path_with(bare, folder)
    known = listed(bare, **here)
    assert (known["version"], known["stale"]) == ("1.5.0", False)
    busy.touch()
    late = listed(bare, "--refresh", **here)
    assert (late["installed"], late["version"], late["stale"]) == (True, "1.5.0", True)
    assert late["version_checked"] == known["version_checked"]
    assert "no answer" in late["reason"]
    assert "1.5.0 (last known)" in bare.run("agents", "list", environ=here).stdout
    write(folder, "1.6.0", f"while [ -e {busy} ]; do sleep 0.1; done")  # and one never heard of
    late = listed(bare, **here)
    assert (late["installed"], late["version"], late["stale"]) == (True, "1.5.0", True)
    busy.unlink()
    assert listed(bare, "--refresh", **here)["version"] == "1.6.0"
    assert [event["type"] for event in events(bare)] == ["AgentDetected", "AgentUpdated"]


@pytest.mark.parametrize("way", ["in place", "by a link", "elsewhere"])
def test_an_update_is_one_update(bare: World, way: str) -> None:
    folder = bare.root / "bin"
    here = path_with(bare, folder, bare.root / "second")
    write(folder, "1.0.0")
    if way == "by a link":
        (folder / "fake-agent").unlink()
        (folder / "fake-agent").symlink_to(write(bare.root / "v1", "1.0.0"))
    assert listed(bare, **here)["version"] == "1.0.0"
    if way == "in place":
        write(folder, "1.1.0")
    elif way == "by a link":
        (folder / "next").symlink_to(write(bare.root / "v2", "1.1.0"))
        (folder / "next").replace(folder / "fake-agent")
    else:
        write(bare.root / "second", "1.1.0")
        (folder / "fake-agent").unlink()
    for _ in range(3):
        assert listed(bare, **here)["version"] == "1.1.0"
    detected, updated = events(bare)
    assert (detected["type"], updated["type"]) == ("AgentDetected", "AgentUpdated")
    assert (updated["data"]["old_version"], updated["data"]["new_version"]) == ("1.0.0", "1.1.0")
    moved = {"old_path": f"{folder}/fake-agent", "binary_path": f"{bare.root}/second/fake-agent"}
    assert (updated["data"].items() >= moved.items()) == (way == "elsewhere")


def test_one_that_goes_is_told_once_and_one_that_is_replaced_never(bare: World) -> None:
    folder = bare.root / "bin"
    here = path_with(bare, folder)
    program = write(folder, "1.0.0")
    listed(bare, **here)
    program.rename(folder / "away")  # npm unpacks the next version meanwhile
    assert not listed(bare, **here)["installed"]
    write(folder, "1.2.0")
    assert listed(bare, **here)["version"] == "1.2.0"
    program.unlink()
    for _ in range(3):
        assert not listed(bare, **here)["installed"]
    kinds = ["AgentDetected", "AgentUpdated", "AgentRemoved"]
    wait_for(lambda: [event["type"] for event in events(bare)] == kinds, "the news of its end")
    listed(bare, **here)
    assert [event["type"] for event in events(bare)] == kinds


@pytest.mark.parametrize(
    "path",
    ["", ":", ".", "relative:also/relative", "/nonexistent:/root/secret:/proc/1/fd", "/a:" * 3000],
)
def test_odd_paths_change_nothing(bare: World, path: str) -> None:
    folder = bare.root / "bin"
    write(folder, "1.0.0")
    assert listed(bare, **path_with(bare, folder))["version"] == "1.0.0"
    assert listed(bare, PATH=path)["version"] == "1.0.0"
    assert [event["type"] for event in events(bare)] == ["AgentDetected"]
