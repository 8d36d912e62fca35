"""A daemon that is hard to reach, or cannot start: commands say why and what to do, soon."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.components import need
from tests.e2e.test_runs import add_agent, wait_for_end_of
from tests.e2e.world import RINGLET, World, wait_for

from ringlet import __version__
from ringlet.cli.link import connect


def _file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("something else")


def _folder(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "inside").touch()


def _pipe(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def _as_user(world: World) -> None:
    """Without the privileges of root, if the tests have them."""
    if os.geteuid() == 0:
        need(shutil.which("setpriv"), "setpriv")
        world.prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((folder, _file) for folder in (
            "logs", "runs", "cache", "profiles", "agents.d", "providers.d", "scripts", "telemetry",
        )),
        ("logs", _pipe),
        ("logs/ringletd.log", _folder),
        ("logs/ringletd.log", _pipe),
        ("logs/daemon.log", _folder),
        ("daemon.pid", _folder),
        ("http_token", _folder),
    ],
)  # fmt: skip
def test_a_wrong_thing_at_a_place_of_ours_is_set_aside_and_told(
    world: World, name: str, damage: Callable[[Path], None]
) -> None:
    damage(world.config / name)
    assert world.json("profiles", "list") == []
    told = [p for p in world.json("daemon", "status")["problems"] if f"{name} is not a" in p]
    assert len(told) == 1
    assert list((world.config / "quarantine").glob(f"{Path(name).name}.*"))


@pytest.mark.parametrize("name", ["logs", "profiles", "runs"])
def test_a_folder_that_its_owner_could_not_read_is_opened_again(world: World, name: str) -> None:
    _as_user(world)
    world.run("profiles", "list")
    world.run("daemon", "stop")
    (world.config / name).chmod(0)
    world.run("profiles", "list")
    assert any(name in problem for problem in world.json("daemon", "status")["problems"])


def test_an_unreadable_configuration_folder_is_opened_again(world: World) -> None:
    _as_user(world)
    world.run("profiles", "list")
    world.run("daemon", "stop")
    world.config.chmod(0)
    assert world.json("profiles", "list") == []


def test_an_endpoint_file_that_is_a_folder_breaks_nothing(world: World) -> None:
    _folder(world.config / "daemon-endpoint")
    assert world.json("profiles", "list") == []
    status = world.json("daemon", "status")
    assert (world.config / "daemon-endpoint").read_text() == status["endpoint"]
    assert list((world.config / "quarantine").glob("daemon-endpoint.*"))


def _refuse(world: World, environ: dict[str, str], *words: str) -> None:
    """Commands of all three kinds say `words`."""
    (world.config / "profiles").mkdir(parents=True, exist_ok=True)
    for arguments in (
        ("profiles", "create", "claude", "x", "--provider", "demo"), ("daemon", "start"),
    ):  # fmt: skip
        done = world.run(*arguments, check=False, environ=environ)
        assert done.returncode == 1
        for word in (*words, "Error: "):
            assert word in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
    read = world.run("profiles", "list", "--json", environ=environ)
    assert json.loads(read.stdout) == []
    for word in words:
        assert word in read.stderr


def test_a_foreign_thing_at_the_event_socket_is_told(world: World) -> None:
    path = world.runtime / "mine.events.sock"
    path.write_text("precious")
    environ = {"RINGLET_DAEMON_ENDPOINT": str(world.runtime / "mine.sock")}
    _refuse(world, environ, str(path), "is not a socket", "remove it")
    assert path.read_text() == "precious"
    assert not (world.runtime / "mine.sock").exists()


def test_an_event_socket_whose_path_is_too_long_is_told(world: World) -> None:
    folder = world.runtime / ("x" * (97 - len(str(world.runtime))))
    folder.mkdir()
    environ = {"RINGLET_DAEMON_ENDPOINT": str(folder / "x.sock")}
    _refuse(world, environ, "x.events.sock", "longer than", "RINGLET_DAEMON_ENDPOINT")


def test_a_place_that_cannot_be_mended_is_told(world: World) -> None:
    _file(world.config / "logs")
    _file(world.config / "quarantine")
    _refuse(world, {}, str(world.config / "quarantine"))


def test_a_file_where_the_folder_of_shims_should_be_is_told(world: World) -> None:
    (world.home / ".local").write_text("not a folder")
    add_agent(world, "true")
    made = world.run("profiles", "create", "fake", "zzq", "--provider", "demo")
    assert f"No shim was installed: Cannot make the folder {world.home}/.local/bin" in made.stderr
    done = world.run("aliases", "install", "zzq", check=False)
    assert done.returncode == 1
    assert "[2003]" in done.stderr
    assert "move it away" in done.stderr


def test_a_home_that_is_not_absolute_is_told(world: World) -> None:
    for arguments in (("profiles", "list"), ("daemon", "start"), ("daemon", "--foreground")):
        done = world.run(*arguments, check=False, environ={"HOME": "here"})
        assert done.returncode == 1
        assert "HOME is not an absolute path" in done.stderr


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "soon", "1e300"])
def test_an_idle_timeout_that_is_none_is_refused(world: World, text: str) -> None:
    done = world.run("daemon", "start", f"--idle-timeout={text}", check=False)
    assert done.returncode == 2
    assert "not a number of seconds" in done.stderr
    world.config.mkdir(parents=True, exist_ok=True)
    (world.config / "config.toml").write_text("[daemon]\nidle_timeout_secs = -1.0\n")
    world.run("profiles", "list")
    assert any("config.toml" in each for each in world.json("daemon", "status")["problems"])


def test_a_daemon_whose_socket_was_removed_listens_anew(world: World) -> None:
    world.run("profiles", "list")
    status = world.json("daemon", "status")
    shutil.rmtree(world.runtime / "ringlet")
    (world.config / "daemon-endpoint").unlink()
    (world.config / "daemon.pid").unlink()
    began = time.monotonic()
    assert world.json("profiles", "list") == []
    assert time.monotonic() - began < 5
    assert world.json("daemon", "status")["pid"] == status["pid"]
    assert int((world.config / "daemon.pid").read_text()) == status["pid"]
    assert (world.config / "daemon-endpoint").read_text() == status["endpoint"]
    assert Path(status["events_endpoint"]).is_socket()


@pytest.mark.parametrize("lost", ["socket", "endpoint"])
def test_status_and_stop_find_a_daemon_that_was_lost(world: World, lost: str) -> None:
    world.run("profiles", "list")
    status = world.json("daemon", "status")
    (Path(status["endpoint"]) if lost == "socket" else world.config / "daemon-endpoint").unlink()
    assert world.json("daemon", "status")["pid"] == status["pid"]
    Path(status["endpoint"]).unlink()
    assert "stopped" in world.run("daemon", "stop").stdout
    wait_for_end_of(status["pid"])


def test_a_connection_outlives_the_removal_of_its_socket(world: World) -> None:
    world.run("profiles", "list")
    endpoint = world.endpoint()
    link = connect(endpoint)
    link.call(b'{"type":"ping"}')
    Path(endpoint).unlink()
    world.run("profiles", "list")
    assert json.loads(link.call(b'{"type":"ping"}'))["type"] == "pong"
    link.close()


def test_the_pid_file_of_another_process_is_nobody_s_business(world: World) -> None:
    with subprocess.Popen(["sleep", "300"]) as other:
        world.config.mkdir(parents=True, mode=0o700)
        (world.config / "daemon.pid").write_text(str(other.pid))
        (world.config / "daemon.lock").write_text(str(other.pid))
        assert world.json("daemon", "status") == {"status": "stopped"}
        assert "not running" in world.run("daemon", "stop").stdout
        world.run("profiles", "list")
        world.run("daemon", "stop")
        assert other.poll() is None
        other.kill()


def test_a_stopped_daemon_hangs_no_command(world: World) -> None:
    world.run("profiles", "list")
    pid = world.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    commands = (
        ("daemon", "status"),
        ("daemon", "stop"),
        ("daemon", "restart"),
        ("runs", "stop", "x"),
    )
    try:
        with ThreadPoolExecutor(len(commands)) as pool:
            done = list(pool.map(lambda words: world.run(*words, check=False), commands))
    finally:
        os.kill(pid, signal.SIGCONT)
    for one in done:
        assert one.returncode == 1
        assert f"the daemon (process {pid}) is stopped" in one.stderr
        assert f"kill -CONT {pid}" in one.stderr


def test_without_an_answer_reading_works_from_the_files(world: World) -> None:
    world.run("profiles", "list")
    pid = world.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        done = world.run("profiles", "list", "--json")
        assert json.loads(done.stdout) == []
        assert f"the daemon (process {pid}) is stopped" in done.stderr
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_client_of_another_build_is_told_to_restart_the_daemon(world: World) -> None:
    world.run("profiles", "list")
    link = connect(world.endpoint())
    for magic in (b"ringlet-relay/1", b"ringlet-relay/2 9.9.9", b"ringlet-run/9"):
        head, _, text = link.call(b"\0" + magic + b"\0\0/\x0080\0---\x000\0profiles").partition(
            b"\n"
        )
        assert head == b"2 0"
        assert b"ringlet daemon restart" in text
        assert __version__.encode() in text
    link.close()


def _answering(world: World) -> tuple[socket.socket, dict[str, str]]:
    """A socket at which a daemon of another build could listen."""
    path = world.runtime / "other.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener, {"RINGLET_DAEMON_ENDPOINT": str(path)}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b'{"type":"error","data":{"code":9999,"message":"Not a request","hint":""}}', "protocol"),
        (b"?? what\n", "protocol"),
        (b'{"conversation":"c","action":"dance","detail":{}}', "dance"),
    ],
)
def test_the_answer_of_another_build_is_told_with_the_next_step(
    world: World, reply: bytes, words: str
) -> None:
    listener, environ = _answering(world)
    with listener, subprocess.Popen(
        [RINGLET, "profiles", "create", "claude"], env=world.environ | environ,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as client:  # fmt: skip
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            connection.sendall(b"\x00SP\x00\x00\x31\x00\x00")
            stream.read(8)
            _send(connection, _receive(stream)[:4], reply)
            if b"action" in reply:
                message = _receive(stream)
                failure = json.loads(message[4:])["result"]["failure"].encode()
                _send(connection, message[:4], b"1 0\n" + failure)
        _, errors = client.communicate(timeout=20)
    assert client.returncode == 1
    assert words in errors
    assert "ringlet daemon restart" in errors
    assert "Traceback" not in errors


def _receive(stream: BinaryIO) -> bytes:
    stream.read(1)
    return stream.read(int.from_bytes(stream.read(8), "big"))


def _send(connection: socket.socket, header: bytes, body: bytes) -> None:
    message = header + body
    connection.sendall(b"\x01" + len(message).to_bytes(8, "big") + message)


def test_the_daemon_outlives_the_terminal_that_started_it(world: World) -> None:
    shell, terminal = pty.fork()
    if shell == 0:
        os.chdir(world.project)
        script = f"{RINGLET} profiles list; echo ready > ready; cat"
        os.execve("/bin/sh", ["sh", "-c", script], world.environ)
    wait_for((world.project / "ready").exists, "the first command")
    pid = world.daemon_pid()
    os.close(terminal)  # the kernel hangs up on everything in that session
    os.waitpid(shell, 0)
    assert world.daemon_pid() == pid
    assert world.json("profiles", "list") == []


def test_a_hundred_clients_meet_an_exiting_daemon_and_all_are_answered(world: World) -> None:
    world.config.mkdir(parents=True)
    (world.config / "config.toml").write_text("[daemon]\nidle_timeout_secs = 0.03\n")
    for number in range(100):
        assert world.run("providers", "list").stdout
        time.sleep(0.02 + number % 10 * 0.002)  # around the moment at which it leaves
    log = (world.config / "logs" / "ringletd.log").read_text()
    assert log.count("shutting down: idle_timeout") > 30
