"""The doctor finds what is wrong, says what to do, and mends what is safe."""

from __future__ import annotations

import itertools
import json
import socket
import stat
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for

from ringlet.cli.link import connect


@pytest.fixture(autouse=True)
def _any_port(world: World) -> None:
    """Other daemons of this machine may have the usual port, which would be told as a problem."""
    world.environ["RINGLET_HTTP_PORT"] = "0"


def _examine(world: World, *options: str) -> tuple[int, dict[str, Any]]:
    done = world.run("doctor", *options, "--json", check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def _messages(report: dict[str, Any], level: str) -> str:
    return "\n".join(f["message"] for f in report["findings"] if f["level"] == level)


def test_a_healthy_account_has_no_errors(world: World) -> None:
    add_agent(world, "true")
    create(world)
    status, report = _examine(world)
    assert (status, report["errors"]) == (0, 0), report
    in_order = [finding["area"] for finding in report["findings"]]
    areas = [area for area, _ in itertools.groupby(in_order)]
    assert len(areas) == len(set(areas))  # each is a heading, once
    assert {"machine", "configuration", "secrets", "agents", "profiles", "shims"} <= {*areas}


def test_a_taken_port_is_a_warning_that_names_the_setting(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        world.environ["RINGLET_HTTP_PORT"] = str(port)
        world.run("ui")  # waits until HTTP is up
        status, report = _examine(world)
    assert (status, report["errors"]) == (0, 0), report
    (found,) = [each for each in report["findings"] if f"Port {port} is taken" in each["message"]]
    assert (found["area"], found["level"]) == ("machine", "warning")
    assert "daemon.http_port" in found["hint"]
    assert any(f"Port {port}" in problem for problem in world.json("daemon", "status")["problems"])


def test_each_broken_thing_is_named_with_the_next_step(world: World) -> None:
    add_agent(world, "true")
    for alias in ("homeless", "keyless", "lost"):
        create(world, alias)
    _rewrite(world, "homeless", '"working_dir": null', '"working_dir": "/no/such/folder"')
    _rewrite(world, "lost", '"provider_id": "loop"', '"provider_id": "gone"')
    _rewrite(world, "keyless", "$KEYCHAIN:loop-keyless", "$KEYCHAIN:nothing-here")
    (world.config / "scripts" / "own.rhai").write_text("let x = ;")
    (world.config / "agents.d" / "bad.toml").write_text("id = 1")
    (world.config / "config.toml").write_text("[daemon]\nnope = 1\n")
    world.run("daemon", "restart")
    status, report = _examine(world)
    assert status == 1
    errors = _messages(report, "error")
    for part in (
        "homeless: its folder /no/such/folder",
        "lost: there is no provider 'gone'",
        "nothing-here",
        "own.rhai, line 1",
        "bad.toml",
        "config.toml",
    ):
        assert part in errors
    assert all(f["hint"] for f in report["findings"] if f["level"] == "error")


def test_an_agent_that_profiles_need_and_that_is_gone_is_an_error(world: World) -> None:
    add_agent(world, "true")
    create(world)
    (world.root / "bin" / "fake-agent").unlink()
    _, report = _examine(world)
    assert "Fake is not installed" in _messages(report, "error")


def test_fix_mends_what_is_safe_and_says_so(world: World) -> None:
    add_agent(world, "true")
    create(world)
    profile = world.config / "profiles" / "work.json"
    leftover = world.config / ".ringlet-999999-deadbeef-1.tmp"
    leftover.write_text("half")
    leftover.chmod(0o600)
    profile.chmod(0o644)
    before = _examine(world)[1]
    assert "work.json can be read" in _messages(before, "warning")
    assert stat.S_IMODE(profile.stat().st_mode) == 0o644
    after = _examine(world, "--fix")[1]
    mended = "\n".join(f["message"] for f in after["findings"] if f["fixed"])
    assert "work.json" in mended
    assert "unfinished files" in mended
    assert stat.S_IMODE(profile.stat().st_mode) == 0o600
    assert not leftover.exists()


def test_a_shim_of_a_profile_that_is_gone_is_told_and_left(world: World) -> None:
    add_agent(world, "true")
    create(world)
    shim = Path(world.json("aliases", "list")[0]["path"])
    (world.config / "profiles" / "work.json").unlink()
    world.run("daemon", "restart")
    _, report = _examine(world, "--fix")
    assert f"{shim} runs a profile that is gone" in _messages(report, "warning")
    assert shim.exists()


def test_without_a_daemon_it_says_why_and_looks_all_the_same(world: World) -> None:
    add_agent(world, "true")
    create(world)
    world.run("daemon", "stop")
    done = world.run("doctor", check=False, environ={"RINGLET_DAEMON_ENDPOINT": "/no/such/x.sock"})
    assert done.returncode == 1
    assert "/no/such" in done.stderr
    assert "all can be run: 1" in done.stdout


def _rewrite(world: World, alias: str, old: str, new: str) -> None:
    path = world.config / "profiles" / f"{alias}.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_an_examination_that_is_given_up_leaves_no_program_behind(world: World) -> None:
    """bwrap, which the doctor tries, does not come back here."""
    programs = world.root / "programs"
    programs.mkdir()
    stuck = programs / "bwrap"
    stuck.write_text("#!/bin/sh\nexec sleep 4711\n")
    stuck.chmod(0o755)
    world.environ["PATH"] = f"{programs}:{world.environ['PATH']}"
    world.run("daemon", "start")
    daemon = psutil.Process(world.daemon_pid())
    link = connect(world.endpoint())
    answer = json.loads(link.call(b'{"type":"doctor","deadline_secs":0.5}'))
    link.close()
    assert answer["data"]["code"] == 1108
    wait_for(lambda: not daemon.children(recursive=True), "the end of what the doctor started")
