"""Files that commands name: pipes, descriptors, devices, and what hangs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.components import needs
from tests.e2e.world import RINGLET, World, wait_for
from tests.unit.usage.world import answer, transcript


@pytest.fixture
def records(world: World) -> list[dict[str, Any]]:
    """What another machine exported: three answers."""
    transcript(world.home).write_bytes(b"".join(answer(number) for number in (1, 2, 3)))
    lines = world.run("usage", "export", "--format", "ndjson").stdout.splitlines()
    return [
        json.loads(line) | {"machine": "other", "key": f"{number:016x}", "seq": number + 1}
        for number, line in enumerate(lines)
    ]


def as_lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@contextmanager
def merging(world: World, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [RINGLET, "usage", "merge", *arguments, "--json"],
        **{"stdin": subprocess.DEVNULL} | options,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=world.project,
        env=world.environ,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_pipe_that_nobody_writes_to_keeps_nobody_else_waiting(
    world: World, records: list[dict[str, Any]]
) -> None:
    pipe = world.root / "pipe"
    os.mkfifo(pipe)
    with merging(world, str(pipe)) as waiting:
        assert world.json("profiles", "list") == []
        assert world.json("usage", "--period", "all")["total_tokens"]["input_tokens"] == 30
        assert waiting.poll() is None
        pipe.write_text(as_lines(records))
        out, err = waiting.communicate(timeout=20)
    assert (json.loads(out), err) == ({"records": 3, "new": 3}, "")


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
def test_the_standard_input_is_the_callers(
    world: World, records: list[dict[str, Any]], name: str
) -> None:
    merged = world.run("usage", "merge", name, "--json", stdin=as_lines(records)).stdout
    assert json.loads(merged) == {"records": 3, "new": 3}


def test_descriptors_are_the_callers(world: World, records: list[dict[str, Any]]) -> None:
    (world.root / "other.ndjson").write_text(as_lines(records))
    merge = f"{RINGLET} usage merge <(cat {world.root}/other.ndjson) --json"
    draft = f"{RINGLET} scripts show claude.rhai"
    script = f"{RINGLET} scripts test <({draft}) --agent claude --json"
    for line, check in ((merge, "records"), (script, "milliseconds")):
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, env=world.environ, timeout=60
        )
        assert check in json.loads(done.stdout), done


def test_a_script_comes_from_the_standard_input_too(world: World) -> None:
    text = world.run("scripts", "show", "claude.rhai").stdout
    trial = world.run("scripts", "test", "-", "--agent", "claude", "--json", stdin=text).stdout
    assert json.loads(trial)["agent_id"] == "claude"
    huge = world.run("scripts", "test", "-", stdin="//" + "x" * (1 << 20), check=False)
    assert "The script the standard input is larger than 1 MiB" in huge.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/dev/zero", "line 1: it is longer than 65536 bytes"),
        ("/nowhere/at/all", "no such file or directory"),
        ("/tmp", "is a directory"),
        ("socket", "no such device or address"),
        ("sparse", "line 1: it is longer than 65536 bytes"),
        ("loop", "too many levels of symbolic links"),
        ("unfinished", "line 2:"),
    ],
)
def test_what_is_no_export_is_refused_at_once(
    world: World, records: list[dict[str, Any]], name: str, said: str
) -> None:
    with (world.project / "sparse").open("wb") as sparse:
        sparse.truncate(1 << 40)
    (world.project / "loop").symlink_to("loop")
    (world.project / "unfinished").write_text(as_lines(records[:1]) + '{"key"')
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(world.runtime / "x"))
        (world.project / "socket").symlink_to(world.runtime / "x")
        refused = world.run("usage", "merge", name, check=False)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "9999" not in refused.stderr


def test_a_closed_input_is_an_error_and_not_the_socket_to_the_daemon(world: World) -> None:
    with merging(world, "-", stdin=None, preexec_fn=lambda: os.close(0)) as process:
        out, _ = process.communicate(timeout=20)
    assert "Cannot read the standard input: bad file descriptor" in out


def test_what_was_interrupted_goes_on_without_doubling(
    world: World, records: list[dict[str, Any]]
) -> None:
    many = [
        record | {"key": f"{number:016x}", "seq": number + 1}
        for number, record in enumerate(records * 700)
    ]
    with merging(world, "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(as_lines(many[:1500]))
        process.stdin.flush()
        counted = ("usage", "models", "--period", "all")
        wait_for(lambda: world.json(*counted)["total"]["calls"] > 3, "the first block")
        process.kill()
    merged = json.loads(world.run("usage", "merge", "-", "--json", stdin=as_lines(many)).stdout)
    assert merged["records"] == 2100
    assert 0 < merged["new"] < 2100
    assert world.json(*counted)["total"]["calls"] == 2103


def test_a_long_export_takes_little_memory_on_both_sides(
    world: World, records: list[dict[str, Any]]
) -> None:
    text = as_lines(records)
    world.run("usage", "merge", "-", stdin=text)
    daemon = world.daemon_pid()
    before = peak(daemon)
    with merging(world, "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for _ in range(32):  # what is known already costs little time
            process.stdin.write(text * (1_000_000 // len(text)))
        client = peak(process.pid)
        process.stdin.close()
        process.stdin = None
        out, _ = process.communicate(timeout=100)
    assert json.loads(out)["new"] == 0
    assert peak(daemon) - before < 16 << 20
    assert client < 32 << 20


def peak(pid: int) -> int:
    """The most memory that a process has had, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kib,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kib) * 1024


@needs("strace")
def test_a_file_system_that_hangs_keeps_nobody_else_waiting(world: World) -> None:
    """A folder in which each look takes a minute: what a dead file server does."""
    hung = world.home / "hung"
    hung.mkdir()
    slow = ["-e", "trace=%file", "-e", "inject=%file:delay_enter=60000000"]
    daemon = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-P", str(hung), *slow, RINGLET, "daemon"],
        env=world.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: (world.config / "daemon-endpoint").exists(), "the daemon")
        world.run("profiles", "create", "demo", "work")
        stuck = [world.start("usage", "import", "--home", str(hung))]
        stuck += [
            subprocess.Popen(
                [RINGLET, "profiles", "exec", "work", "--", "true"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=hung,
                env=world.environ,
            )
            for _ in range(8)
        ]
        began = time.monotonic()
        world.run("secrets", "set", "free", "--stdin", stdin="a-value")
        world.run("profiles", "exec", "work", "--", "true")
        world.run("usage", "--period", "all")
        assert time.monotonic() - began < 50
        assert all(process.poll() is None for process in stuck)
        for process in stuck:
            process.kill()
            process.communicate()
    finally:
        daemon.terminate()
        world.run("daemon", "stop", check=False)
        daemon.kill()
        daemon.wait()
