"""Whoever should answer and does not: every command ends, in bounded time, and says who it is."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.e2e.world import World, wait_for

_ENDED_BY_CTRL_C = 130


@contextmanager
def _stopped_starter(world: World) -> Iterator[int]:
    """A client that was stopped (Ctrl-Z) just when it held the start lock, as it does then."""
    code = """
        import os, signal, sys
        from ringlet.cli import start
        from ringlet.store import instance
        instance.prepare_folder(sys.argv[1])
        lock = start._take_turn(os.path.join(sys.argv[1], "daemon.start.lock"))
        print("ready", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    """
    argv = [sys.executable, "-c", textwrap.dedent(code), str(world.config)]
    with subprocess.Popen(argv, env=world.environ, stdout=subprocess.PIPE) as starter:
        try:
            assert starter.stdout is not None
            assert starter.stdout.readline() == b"ready\n"
            os.waitid(os.P_PID, starter.pid, os.WSTOPPED | os.WNOWAIT)
            yield starter.pid
        finally:
            starter.kill()


def test_a_stopped_client_that_holds_the_start_lock_is_named(world: World) -> None:
    with _stopped_starter(world) as pid:
        done = world.run("profiles", "create", "demo", "work", "--provider", "demo", check=False)
    assert done.returncode == 1
    assert f"process {pid}" in done.stderr
    assert f"kill -CONT {pid}" in done.stderr
    assert world.run("profiles", "list").returncode == 0  # the lock went with its holder


def test_a_foreign_holder_of_the_start_lock_is_told_of(world: World) -> None:
    world.config.mkdir(parents=True, mode=0o700)
    path = world.config / "daemon.start.lock"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = world.run("daemon", "start", check=False)
    assert done.returncode == 1
    assert str(path) in done.stderr


@pytest.mark.parametrize("wait", ["start lock", "silent daemon"])
def test_ctrl_c_ends_every_wait(world: World, wait: str) -> None:
    if wait == "start lock":
        with _stopped_starter(world):
            _interrupt(world, "flock")
        return
    world.run("profiles", "list")
    pid = world.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        _interrupt(world, "recv", "poll", "skb")
    finally:
        os.kill(pid, signal.SIGCONT)


def _interrupt(world: World, *calls: str) -> None:
    """Start a listing, press Ctrl-C once it waits in one of these calls of the kernel."""
    client = world.start("profiles", "list")
    where = Path(f"/proc/{client.pid}/wchan")
    wait_for(lambda: any(call in where.read_text() for call in (*calls, "lock")), f"the {calls}")
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=20)
    assert client.returncode == _ENDED_BY_CTRL_C


def test_what_listens_where_a_dead_daemon_did_is_passed_over(world: World) -> None:
    """The daemon was killed, and something that never answers sits at its address."""
    world.run("profiles", "list")
    endpoint = world.endpoint()
    pid = world.daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the daemon's end")
    os.unlink(endpoint)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(endpoint)
        listener.listen()
        status = world.run("daemon", "status")
        assert "not running" in status.stdout
        done = world.run("profiles", "create", "demo", "work", "--provider", "demo", "--no-alias")
        assert "without the daemon" not in done.stderr
    assert world.daemon_pid() != pid


def test_a_daemon_that_stops_in_the_middle_of_a_command_is_noticed(world: World) -> None:
    """The request was read, so it is not sent again: only why nothing comes back is told."""
    world.run("profiles", "list")
    pid = world.daemon_pid()
    code = f"""
        import os, signal, sys
        from ringlet.cli import link, main
        link._BEAT = 0.5
        link._PATIENCE = 0.5
        greet = link.Link._greet
        def stop_after(self, first):
            if first:
                greet(self, b"")  # the daemon knows us, but not what we want
                os.kill({pid}, signal.SIGSTOP)
                self._sock.sendall(first)
            else:
                self.patience = 0.5
                greet(self, first)
        link.Link._greet = stop_after
        sys.argv = ["ringlet", "profiles", "list"]
        sys.exit(main.main())
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], env=world.environ, cwd=world.project,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 1
    assert f"kill -CONT {pid}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_slow_command_is_waited_for_as_long_as_the_daemon_lives(world: World) -> None:
    """A daemon that greets others is at work, however long one answer takes."""
    world.run("profiles", "create", "demo", "work", "--provider", "demo", "--no-alias")
    code = """
        import sys
        from ringlet.cli import link, main
        link._BEAT = 0.2
        sys.argv = ["ringlet", "profiles", "exec", "work", "sleep", "1"]
        sys.exit(main.main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=world.environ, cwd=world.project,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
