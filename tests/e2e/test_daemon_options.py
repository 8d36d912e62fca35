"""What is asked of a daemon that runs already is applied, kept or refused, never passed over."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.e2e.site import Site
from tests.e2e.world import World, reserved_port, wait_for


def test_options_of_a_start_reach_the_daemon_that_runs(world: World) -> None:
    world.run("daemon", "start")
    before = world.json("daemon", "status")
    told = world.run("daemon", "start", "--stay-alive", "--daemon-log-level", "debug").stdout
    assert "already" in told
    assert "exits never" in told
    assert "logs from debug on" in told
    after = world.json("daemon", "status")
    assert (after["pid"], after["stay_alive"]) == (before["pid"], True)
    world.run("profiles", "list")
    assert world.run("daemon", "start", "--stay-alive").stdout.count(".") == 0  # nothing is new
    world.run("daemon", "start", "--no-stay-alive", "--idle-timeout", "0.2")
    wait_for(lambda: not (world.config / "daemon.pid").exists(), "the idle exit")


def test_debug_reaches_the_log_of_the_daemon_that_runs(world: World) -> None:
    world.run("daemon", "start", "--daemon-log-level", "off")
    log = world.config / "logs" / "ringletd.log"
    quiet = log.stat().st_size
    world.run("daemon", "start", "--daemon-log-level", "info")
    world.run("daemon", "stop")
    assert "shutting down" in log.read_text()[quiet:]


def test_a_restart_keeps_what_was_asked_for_and_where(world: World) -> None:
    elsewhere = str(world.runtime / "place.sock")
    world.run("daemon", "start", "--socket", elsewhere, "--idle-timeout", "77", "--stay-alive")
    world.run("daemon", "restart", "--daemon-log-level", "warn")
    status = world.json("daemon", "status")
    assert (status["endpoint"], status["idle_timeout_secs"]) == (elsewhere, 77)
    assert status["options"] == ["--stay-alive", "--idle-timeout=77.0", "--log-level=warn"]
    world.run("daemon", "restart", "--no-stay-alive", "--idle-timeout", "78")
    status = world.json("daemon", "status")
    assert (status["stay_alive"], status["idle_timeout_secs"]) == (False, 78)
    assert "--log-level=warn" in status["options"]
    world.run("daemon", "restart", "--socket", elsewhere + "2")
    assert world.endpoint() == elsewhere + "2"


def test_a_daemon_that_runs_does_not_move_and_says_how_it_would(world: World) -> None:
    world.run("daemon", "start")
    before = world.json("daemon", "status")
    other = str(world.runtime / "other.sock")
    refused = world.run("daemon", "start", "--socket", other, check=False)
    assert refused.returncode == 1
    assert f"ringlet daemon restart --socket {other}" in refused.stderr
    world.run("daemon", "start", "--socket", f"ipc://{before['endpoint']}")  # where it is
    assert world.json("daemon", "status")["pid"] == before["pid"]


@pytest.mark.parametrize("word", ["start", "restart", "stop", "status"])
def test_an_option_before_the_word_is_not_lost(world: World, word: str) -> None:
    for option in ("--stay-alive", "--idle-timeout=1", "--foreground", "--daemon-log-level=info"):
        done = world.run("daemon", option, word, check=False)
        assert done.returncode == 2
        assert option.partition("=")[0] in done.stderr


def test_a_daemon_of_the_foreground_on_tcp_is_not_ended_by_a_restart(world: World) -> None:
    port = reserved_port()
    daemon = world.start("daemon", "--foreground", "--socket", f"tcp://127.0.0.1:{port}")
    try:
        wait_for(lambda: world.json("daemon", "status")["status"] == "running", "the daemon")
        refused = world.run("daemon", "restart", check=False)
        assert refused.returncode == 1
        assert "runs in the foreground" in refused.stderr
        assert world.json("daemon", "status")["pid"] == daemon.pid
    finally:
        daemon.terminate()
        daemon.communicate(timeout=20)


@pytest.mark.parametrize("killed", [False, True])
def test_the_address_is_there_as_soon_as_the_daemon_is(world: World, killed: bool) -> None:
    world.run("daemon", "start")
    address = world.config / "http-endpoint"
    status = world.json("daemon", "status")
    assert status["http_endpoint"] == address.read_text()
    if killed:
        world.run("daemon", "stop")
        address.write_text("http://127.0.0.1:1")  # as a daemon that was killed leaves it
    world.run("daemon", "start" if killed else "restart")
    assert address.read_text() == f"http://127.0.0.1:{world.environ['RINGLET_HTTP_PORT']}"
    assert Site(world).data("GET", "/api/ping")["status"] == "ok"  # early ones wait in the backlog


def test_without_http_there_is_no_address(world: World) -> None:
    world.config.mkdir(parents=True)
    (world.config / "config.toml").write_text("[daemon]\nhttp = false\n")
    (world.config / "http-endpoint").write_text("http://127.0.0.1:1")
    world.run("daemon", "start")
    assert world.json("daemon", "status")["http_endpoint"] == ""
    assert not Path(world.config / "http-endpoint").exists()


def test_a_restart_keeps_its_options_whoever_asks_meanwhile(world: World) -> None:
    elsewhere = str(world.runtime / "place.sock")
    world.run("daemon", "start", "--stay-alive", "--socket", elsewhere)
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            world.run("profiles", "list")

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        try:
            for _ in range(4):
                world.run("daemon", "restart")
                status = world.json("daemon", "status")
                assert (status["stay_alive"], status["endpoint"]) == (True, elsewhere)
        finally:
            over.set()
    for each in asking:
        each.result()


def test_a_place_where_no_daemon_can_be_started_is_told(world: World) -> None:
    tcp, relative = "tcp://127.0.0.1:1", "here.sock"
    told = {
        tcp: f"ringlet daemon --foreground --socket {tcp}",
        relative: f"needs an absolute path, which {relative!r} is not",
    }
    for endpoint, text in told.items():
        of_environment = {"RINGLET_DAEMON_ENDPOINT": endpoint}
        refused = world.run("daemon", "start", check=False, environ=of_environment)
        assert refused.returncode == 1
        assert text in refused.stderr
    world.run("daemon", "start")
    pid = world.daemon_pid()
    for endpoint in told:
        refused = world.run("daemon", "restart", "--socket", endpoint, check=False)
        assert refused.returncode == 1
        assert world.daemon_pid() == pid
