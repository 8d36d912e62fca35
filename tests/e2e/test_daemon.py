"""The daemon as clients see it: one for each configuration, always answering, never leaking."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.components import need
from tests.e2e.world import RINGLET, World, free_port, wait_for

from ringlet.wire import planned


def test_status_and_stop_never_start_a_daemon(world: World) -> None:
    assert world.json("daemon", "status") == {"status": "stopped"}
    assert "not running" in world.run("daemon", "stop").stdout
    assert not world.config.exists() or not (world.config / "daemon.pid").exists()


def test_the_first_command_starts_the_daemon_and_later_ones_use_it(world: World) -> None:
    world.run("profiles", "list")
    first = world.daemon_pid()
    world.run("profiles", "list")
    assert world.daemon_pid() == first
    assert int((world.config / "daemon.pid").read_text()) == first


def test_fifty_cold_clients_get_fifty_answers_from_one_daemon(world: World) -> None:
    with ThreadPoolExecutor(50) as pool:
        done = list(pool.map(lambda _: world.run("providers", "list", "--json"), range(50)))
    assert all(json.loads(one.stdout)[0]["id"] for one in done)
    log = (world.config / "logs" / "ringletd.log").read_text()
    assert log.count("started, process") == 1


def test_sockets_and_files_are_private(world: World) -> None:
    world.run("profiles", "list")
    status = world.json("daemon", "status")
    for endpoint in (status["endpoint"], status["events_endpoint"]):
        assert stat.S_IMODE(os.stat(endpoint).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(Path(endpoint).parent).st_mode) == 0o700
    assert stat.S_IMODE(world.config.stat().st_mode) == 0o700
    for path in world.config.rglob("*"):
        if not path.is_symlink():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert (world.config / "daemon-endpoint").read_text() == status["endpoint"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(world: World, number: signal.Signals) -> None:
    world.run("profiles", "list")
    status = world.json("daemon", "status")
    os.kill(status["pid"], number)
    wait_for(lambda: world.json("daemon", "status")["status"] == "stopped", "the end")
    left = [status["endpoint"], status["events_endpoint"], world.config / "daemon-endpoint"]
    wait_for(lambda: not any(Path(path).exists() for path in left), "the removal of its files")


def test_hangup_reopens_the_log_and_nothing_else(world: World) -> None:
    world.run("profiles", "list")
    pid = world.daemon_pid()
    log = world.config / "logs" / "ringletd.log"
    log.rename(log.with_name("moved.log"))
    os.kill(pid, signal.SIGHUP)
    wait_for(log.exists, "the new log")
    assert world.daemon_pid() == pid


def test_after_kill_nine_the_next_command_just_works(world: World) -> None:
    world.run("profiles", "list")
    pid = world.daemon_pid()
    os.kill(pid, signal.SIGKILL)
    world.run("profiles", "list")
    assert world.daemon_pid() != pid


def test_a_second_daemon_refuses_to_start(world: World) -> None:
    world.run("profiles", "list")
    second = world.run("daemon", "--foreground", check=False)
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert world.json("daemon", "status")["status"] == "running"


def test_it_exits_when_idle_but_not_while_a_client_is_connected(world: World) -> None:
    world.run("daemon", "start", "--idle-timeout", "2")  # on a busy machine a client needs a moment
    with socket.socket(socket.AF_UNIX) as client:
        client.connect((world.config / "daemon-endpoint").read_text())
        began = time.monotonic()
        while time.monotonic() - began < 4.0:
            assert (world.config / "daemon.pid").exists()
            time.sleep(0.1)
    wait_for(lambda: not (world.config / "daemon.pid").exists(), "the idle exit")


def test_over_tcp_requests_need_the_token(world: World) -> None:
    with subprocess.Popen(
        [RINGLET, "daemon", "--foreground", "--socket", f"tcp://127.0.0.1:{free_port()}"],
        env=world.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as daemon:
        try:
            endpoint = world.config / "daemon-endpoint"
            wait_for(endpoint.exists, "the endpoint")
            wait_for((world.config / "daemon.pid").exists, "the start")
            assert world.json("profiles", "list") == []
            (world.config / "http_token").rename(world.config / "elsewhere")
            refused = world.run("profiles", "list", check=False)
            assert refused.returncode == 1
            assert "token" in refused.stderr
            (world.config / "elsewhere").rename(world.config / "http_token")
            events = Path(world.json("daemon", "status")["events_endpoint"])
            assert events.is_socket()  # events ask for no token, so no port offers them
            assert stat.S_IMODE(events.stat().st_mode) == 0o600
        finally:
            daemon.terminate()
            daemon.communicate(timeout=10)


def test_a_stranger_on_the_port_of_a_dead_daemon_hears_nothing(world: World) -> None:
    world.config.mkdir(parents=True)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        stranger.settimeout(0.5)
        endpoint = f"tcp://127.0.0.1:{stranger.getsockname()[1]}"
        (world.config / "daemon-endpoint").write_text(endpoint)
        (world.config / "http_token").write_text("secret-token")
        assert world.json("profiles", "list") == []
        with pytest.raises(TimeoutError):
            stranger.accept()


def test_nngcat_can_ask_and_listen(world: World) -> None:
    need(Path("/usr/bin/nngcat").exists(), "nngcat")
    world.run("profiles", "list")
    status = world.json("daemon", "status")
    asked = subprocess.run(
        ["nngcat", "--req", "--dial", f"ipc://{status['endpoint']}", "-D",
         '{"type":"profiles_list","id":7}', "--raw", "--recv-timeout", "5"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert json.loads(asked.stdout) == {"type": "profiles", "data": [], "id": 7}
    with subprocess.Popen(
        ["nngcat", "--sub", "--subscribe", "DaemonShutting", "--dial",
         f"ipc://{status['events_endpoint']}", "--raw", "--count", "1"],
        stdout=subprocess.PIPE, text=True,
    ) as listener:  # fmt: skip
        time.sleep(0.5)
        world.run("daemon", "stop")
        output, _ = listener.communicate(timeout=20)
    topic, _, event = output.partition(" ")
    assert topic == "DaemonShuttingDown"
    assert json.loads(event)["data"] == {"reason": "requested"}


@pytest.mark.parametrize(
    ("request_text", "code"),
    [
        ("not json", 1101),
        ('{"type":"no_such_thing"}', 1101),
        ('{"type":"profiles_inspect"}', 1101),
        ('{"type":"profiles_inspect","alias":"nope"}', 1003),
        ('{"type":"agents_inspect","id":"nope"}', 1001),
        (json.dumps({"type": min(planned.REQUESTS)}), 1105),
        ('{"type":"ping","protocol":99}', 1109),
        ('{"type":"ping","deadline_secs":"soon"}', 1101),
    ],
)
def test_a_bad_request_gets_an_error_and_the_daemon_stays(
    world: World, request_text: str, code: int
) -> None:
    need(Path("/usr/bin/nngcat").exists(), "nngcat")
    world.run("profiles", "list")
    status = world.json("daemon", "status")
    asked = subprocess.run(
        ["nngcat", "--req", "--dial", f"ipc://{status['endpoint']}", "-D", request_text, "--raw",
         "--recv-timeout", "5"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    reply = json.loads(asked.stdout)
    assert reply["type"] == "error"
    assert reply["data"]["code"] == code
    assert world.daemon_pid() == status["pid"]


def test_a_broken_profile_is_set_aside_and_told(world: World) -> None:
    folder = world.config / "profiles"
    folder.mkdir(parents=True)
    (folder / "half.json").write_text('{"alias": "half", "agent_id"')
    assert world.json("profiles", "list") == []
    problems = world.json("daemon", "status")["problems"]
    assert any("half.json" in problem for problem in problems)
    assert list((world.config / "quarantine").glob("half.json*"))


def test_a_config_folder_that_cannot_be_used_says_so(world: World) -> None:
    world.config.parent.mkdir(parents=True)
    world.config.write_text("not a folder")
    done = world.run("profiles", "create", "claude", "x", check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(world.config) in done.stderr


def test_a_folder_that_the_user_chose_for_the_socket_keeps_its_mode(world: World) -> None:
    folder = world.runtime / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    environ = {"RINGLET_DAEMON_ENDPOINT": str(folder / "x.sock")}
    world.run("profiles", "list", environ=environ)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert stat.S_IMODE((folder / "x.sock").stat().st_mode) == 0o600


def test_lines_and_files_of_runs_that_are_none_are_passed_over(world: World) -> None:
    for folder in ("telemetry", "runs"):
        (world.config / folder).mkdir(parents=True)
    (world.config / "telemetry" / "sessions.jsonl").write_text("{}\nnot json\n")
    (world.config / "runs" / "x.json").write_bytes(b"\xff\xfe")
    assert world.json("runs", "list") == []
    assert list((world.config / "quarantine").glob("x.json*"))
