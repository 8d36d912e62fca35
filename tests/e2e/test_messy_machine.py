"""Machines as they are: full disks, read-only folders, few descriptors, clocks that jump."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.components import need
from tests.e2e.test_runs import add_agent, create, last_run
from tests.e2e.world import RINGLET, World, wait_for

_FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1"
_SANDBOX = ("bwrap", "--bind", "/", "/", "--dev", "/dev", "--unshare-user")


def _sandboxed(world: World, options: list[str], script: str) -> list[str]:
    """Lines that a shell script prints where `options` change what the file system is like."""
    need(shutil.which("bwrap"), "bwrap")
    done = subprocess.run(
        [*_SANDBOX, *options, "sh", "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=120, check=False, cwd=world.project,
        env=world.environ | {"RINGLET": RINGLET, "CONFIG": str(world.config)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return (done.stdout + done.stderr).splitlines()


def test_with_a_read_only_configuration_reading_works_and_writing_says_why(world: World) -> None:
    add_agent(world, "true")
    create(world)
    world.run("daemon", "stop")
    lines = _sandboxed(
        world,
        ["--ro-bind", str(world.config), str(world.config)],
        """
        "$RINGLET" profiles list --json | tr -d '\\n'; echo
        echo key | "$RINGLET" profiles create fake more --provider loop --api-key-stdin 2>&1
        echo "ended $?"
        "$RINGLET" daemon status
        """,
    )
    stopped = f"The daemon is not running. {world.config} cannot be written to"
    assert any(line.startswith(stopped) for line in lines)
    assert '"alias": "work"' in lines[0]
    assert "ended 1" in lines
    assert any("read-only" in line.lower() and str(world.config) in line for line in lines)


def test_a_full_disk_stops_writing_and_nothing_else(world: World) -> None:
    add_agent(world, "true")
    for folder in ("agents.d", "scripts", "providers.d"):
        shutil.copytree(world.config / folder, world.root / "kept" / folder)
    lines = _sandboxed(
        world,
        ["--size", "1048576", "--tmpfs", str(world.config)],
        f"""
        cp -r {world.root}/kept/* "$CONFIG"
        make() {{
            echo sk-0123456789abcdef | "$RINGLET" profiles create fake "$1" \\
                --provider loop --api-key-stdin --no-alias 2>&1
            echo "$1 ended $?"
        }}
        make before
        dd if=/dev/zero of="$CONFIG/fill" bs=4096 2>/dev/null
        make during
        "$RINGLET" profiles list --json | tr -d '\\n '; echo
        rm "$CONFIG/fill"
        make after
        "$RINGLET" profiles list --json | tr -d '\\n '; echo
        grep -c 'started, process' "$CONFIG/logs/ringletd.log"
        "$RINGLET" daemon stop
        """,
    )
    text = "\n".join(lines)
    assert "before ended 0" in lines, text
    assert "during ended 1" in lines, text
    assert "no space left" in text, text
    assert '[{"alias":"before"' in text, text
    assert "after ended 0" in lines, text
    assert "1" in lines, f"the daemon was started more than once\n{text}"


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """What we start now may open 64 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_out_of_descriptors_the_daemon_waits_and_goes_on(
    world: World, few_descriptors: None
) -> None:
    add_agent(world, "true")
    create(world)
    pid = world.daemon_pid()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    endpoint = world.json("daemon", "status")["endpoint"]
    with ExitStack() as clients:
        for _ in range(100):
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(endpoint)
        wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) >= 60, "the use of all descriptors")
    assert [p["alias"] for p in world.json("profiles", "list")] == ["work"]
    assert world.daemon_pid() == pid
    assert not (world.config / "quarantine").exists()


def test_five_hundred_clients_at_once_are_all_answered(world: World) -> None:
    world.run("profiles", "list")
    pid = world.daemon_pid()
    with ThreadPoolExecutor(50) as pool:
        done = list(pool.map(lambda _: world.run("providers", "list", "--json"), range(500)))
    assert len({one.stdout for one in done}) == 1
    assert json.loads(done[0].stdout)
    assert world.daemon_pid() == pid
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) < 40, "the closing of descriptors")


@pytest.mark.parametrize("jump", ["-1y", "+1y", "-1h"])
def test_a_run_takes_as_long_as_it_takes_whatever_the_clock_says(world: World, jump: str) -> None:
    libraries = [Path(_FAKETIME.format(machine)) for machine in ("x86_64", "aarch64")]
    library = next((path for path in libraries if path.exists()), None)
    need(library, "faketime")
    clock = world.root / "clock"
    clock.write_text("+0")
    faked = {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    add_agent(world, "touch started; while [ ! -e finish ]; do sleep 0.05; done")
    with subprocess.Popen(
        [RINGLET, "daemon", "--foreground"], env=world.environ | faked, stderr=subprocess.DEVNULL
    ) as daemon:
        try:
            # Each look at the clock reads a file: on a busy machine it starts very slowly.
            wait_for((world.config / "daemon.pid").exists, "the start")
            wait_for(lambda: world.run("profiles", "list", check=False).returncode == 0, "a reply")
            create(world)
            client = world.start("profiles", "run", "work")
            wait_for((world.project / "started").exists, "the run")
            clock.write_text(jump)
            (world.project / "finish").touch()
            assert client.wait(30) == 0
            assert 0 <= last_run(world)["duration_secs"] < 60
            assert world.json("daemon", "status")["pid"] == daemon.pid
            world.run("daemon", "stop")
            client.communicate()
        finally:
            if daemon.poll() is None:
                daemon.kill()  # or a failure would wait for it to become idle
