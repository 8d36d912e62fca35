"""HTTP as a part of the daemon: which port, how long, and the same answers as by the socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import time

import httpx
from tests.e2e.site import Site
from tests.e2e.world import World, wait_for


def test_a_taken_port_is_told_and_left_to_its_owner(world: World) -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        owner.settimeout(0.5)
        port = owner.getsockname()[1]
        world.run("daemon", "start", environ={"RINGLET_HTTP_PORT": str(port)})
        world.run("ui")
        status = world.json("daemon", "status")
        assert status["http_endpoint"] == Site(world).url != f"http://127.0.0.1:{port}"
        assert f"Port {port} is taken" in status["problems"][0]
        assert Site(world).ask("GET", "/api/ping").status_code == 200
        try:
            owner.accept()
        except TimeoutError:
            return
    raise AssertionError("somebody connected to the owner of the port")


def test_http_can_be_switched_off(world: World) -> None:
    world.config.mkdir(parents=True)
    (world.config / "config.toml").write_text("[daemon]\nhttp = false\n")
    refused = world.run("ui", check=False)
    assert "does not serve HTTP" in refused.stderr
    assert world.json("daemon", "status")["http_endpoint"] == ""
    assert not (world.config / "http-endpoint").exists()


def test_the_address_is_removed_with_the_daemon(world: World) -> None:
    world.run("ui")
    site = Site(world)
    url = site.url
    world.run("daemon", "stop")
    assert not (world.config / "http-endpoint").exists()
    try:
        answer = httpx.get(f"{url}/api/ping", headers=site.bearer)
    except httpx.ConnectError:
        return
    assert answer.status_code == 401  # the daemon of somebody else has taken the port since


def test_the_address_of_a_killed_daemon_is_not_left_for_a_stranger(world: World) -> None:
    world.run("ui")
    os.kill(world.daemon_pid(), signal.SIGKILL)
    (world.config / "config.toml").write_text("[daemon]\nhttp = false\n")
    world.run("profiles", "list")
    wait_for(lambda: not (world.config / "http-endpoint").exists(), "the removal of the address")


def test_http_starts_without_holding_up_the_first_command(world: World) -> None:
    world.run("profiles", "list")
    wait_for((world.config / "http-endpoint").exists, "HTTP")
    assert Site(world).data("GET", "/api/daemon/status")["pid"] == world.daemon_pid()


def test_requests_keep_the_daemon_alive_and_it_exits_after_them(world: World) -> None:
    world.run("daemon", "start", "--idle-timeout", "2")
    world.run("ui")
    site = Site(world)
    pid = world.daemon_pid()
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert site.ask("GET", "/api/ping").status_code == 200
    os.kill(pid, 0)
    wait_for(lambda: not (world.config / "daemon.pid").exists(), "the idle exit")


def test_answers_are_those_of_the_socket(site: Site) -> None:
    assert site.data("GET", "/api/providers") == site.world.json("providers", "list")
    by_socket = site.world.json("providers", "inspect", "minimax")
    assert site.data("GET", "/api/providers/minimax") == by_socket
    assert site.data("GET", "/api/profiles") == []
    assert site.data("GET", "/api/runs", params={"limit": 5}) == []


def test_errors_are_those_of_the_socket_with_the_status_that_fits(site: Site) -> None:
    answer = site.ask("GET", "/api/profiles/missing")
    assert answer.status_code == 404
    by_command = site.world.run("profiles", "inspect", "missing", "--json", check=False).stdout
    told = json.loads(by_command)
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == (told["code"], told["error"])
    assert site.ask("GET", "/api/runs", params={"limit": "many"}).status_code == 400
    assert site.ask("GET", "/api/runs", params={"limit": "-1"}).status_code == 400


def test_shutting_down_takes_the_token_and_works(world: World) -> None:
    world.run("ui")
    site = Site(world)
    assert httpx.post(f"{site.url}/api/shutdown").status_code == 401
    assert site.data("POST", "/api/shutdown")["message"]
    wait_for(lambda: world.json("daemon", "status")["status"] == "stopped", "the end")
