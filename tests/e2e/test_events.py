"""The event stream as programs follow it: complete, in order, and never silent about a gap."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import zlib
from itertools import islice
from pathlib import Path

import psutil
import pytest
from tests.components import need, needs
from tests.e2e.event_clients import (
    dial,
    dial_like_a_page,
    hear,
    hear_all,
    make_profiles,
    stream,
    tell,
)
from tests.e2e.site import Site, read_to_end
from tests.e2e.world import World, wait_for
from websockets.exceptions import ConnectionClosed, InvalidStatus

# As a page would do it, with the token as a protocol.
_JAVASCRIPT = """
const [url, token] = process.argv.slice(1);
const ws = new WebSocket(url, ["bearer", token]);
ws.onopen = () => console.log("Connected to ringlet daemon");
ws.onmessage = (event) => {
  const message = JSON.parse(event.data);
  switch (message.type) {
    case "ProfileCreated":
      console.log(`Profile ${message.data.alias} created`);
      ws.close();
  }
};
ws.onclose = () => console.log("Disconnected from ringlet daemon");
"""


def test_an_event_is_type_time_data_and_number(site: Site) -> None:
    with dial(site) as follower:
        tell(follower, action="ping")
        make_profiles(site, ["shape"])
        event = hear_all(follower, "ProfileCreated", 1)[0]
    assert set(event) == {"type", "timestamp", "data", "seq"}
    assert event["data"]["alias"] == "shape"
    assert event["timestamp"].endswith("Z")


@needs("node")
def test_the_javascript_client_works(site: Site) -> None:
    argv = ["node", "--experimental-websocket", "-e", _JAVASCRIPT]
    argv += [f"ws://{site.authority}/ws", site.token]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "Connected to ringlet daemon\n"
        make_profiles(site, ["from-node"])
        assert client.stdout.readline() == "Profile from-node created\n"
        assert client.stdout.readline() == "Disconnected from ringlet daemon\n"


def test_who_was_away_for_fifty_events_gets_them_all_in_order(site: Site) -> None:
    with dial(site) as follower:
        last = tell(follower, action="ping")["seq"]
    aliases = [f"away-{number:02}" for number in range(50)]
    make_profiles(site, aliases)
    wait_for(lambda: len(site.data("GET", "/api/profiles")) >= 50, "the profiles")
    with dial(site, f"?since={last}") as follower:
        by_socket = [hear(follower) for _ in range(50)]
    with stream(site, **{"Last-Event-ID": str(last)}) as events:
        by_stream = list(islice(events, 50))
    with stream(site, f"/api/events?since={last}&events=ProfileCreated") as events:
        assert list(islice(events, 50)) == by_stream
    assert by_socket == by_stream
    assert [event["seq"] for event in by_socket] == list(range(last + 1, last + 51))
    assert {event["data"]["alias"] for event in by_socket} == set(aliases)


def test_what_is_not_kept_any_more_is_told(site: Site) -> None:
    with dial(site, "?since=1&events=ProfileDeleted") as follower:
        missed = hear(follower)
    with stream(site, **{"Last-Event-ID": "1"}) as events:
        told, following = islice(events, 2)
    assert missed["type"] == told["type"] == "EventsMissed"
    assert missed["data"]["after"] == 1
    assert following["seq"] == told["data"]["next"] == told["seq"] + 1


def test_numbers_go_up_over_a_restart_so_that_the_gap_is_noticed(world: World) -> None:
    world.run("ui")
    site = Site(world)
    with dial(site) as follower:
        before = tell(follower, action="ping")["seq"]
    world.run("daemon", "restart")
    world.run("ui")
    with dial(site, f"?since={before}") as follower:
        assert hear(follower)["type"] == "EventsMissed"
        assert hear(follower)["seq"] > before


def test_a_client_gets_what_it_subscribes_to(site: Site) -> None:
    with dial(site) as follower:
        assert tell(follower, action="subscribe", events=["ProfileDeleted"])["data"] == {
            "events": ["ProfileDeleted"]
        }
        both = tell(follower, action="subscribe", events=["AgentUpdated"])
        assert both["data"]["events"] == ["AgentUpdated", "ProfileDeleted"]
        make_profiles(site, ["filtered"])
        wait_for(lambda: _known(site, "filtered"), "the profile")
        (site.world.config / "profiles" / "filtered.json").unlink()
        assert hear(follower)["type"] == "ProfileDeleted"
        rest = tell(follower, action="unsubscribe", events=["ProfileDeleted"])
        assert rest["data"]["events"] == ["AgentUpdated"]
        assert tell(follower, action="subscribe", events=["*"])["data"] == {"events": None}


def _known(site: Site, alias: str) -> bool:
    return site.ask("GET", f"/api/profiles/{alias}").status_code != 404


def test_resume_sends_again_what_came_after_a_number(site: Site) -> None:
    with dial(site, "?events=ProfileCreated") as follower:
        make_profiles(site, ["again-1", "again-2"])
        first, second = hear_all(follower, "ProfileCreated", 2)
        assert tell(follower, action="resume", since=first["seq"] - 1) == first
        assert hear(follower) == second


@pytest.mark.parametrize(
    "message",
    ["", "{", "[]", '{"action": 1}', '{"action": "fly"}',
     '{"action": "subscribe", "events": ["X"]}', '{"action": "ping", "token": "x"}',
     '{"action": "ping", "action": "ping"}',
     '{"action": "resume", "since": NaN}', '{"action": "\\ud800"}', "[" * 5000, b"\x00\x01"],
)  # fmt: skip
def test_a_message_that_is_none_is_told_and_nothing_else_happens(
    site: Site, message: str | bytes
) -> None:
    with dial(site, "?events=ProfileDeleted") as follower:
        follower.send(message)
        answer = hear(follower)
        assert (answer["type"], answer["data"]["code"]) == ("Refused", 1101)
        assert tell(follower, action="ping")["type"] == "Pong"


@pytest.mark.parametrize("query", ["?since=x", "?events=Nothing", "?since=1&since=2", "?other=1"])
def test_a_wish_that_cannot_be_met_is_refused_before_the_handshake(site: Site, query: str) -> None:
    assert site.ask("GET", f"/api/events{query}").status_code == 400
    with pytest.raises(InvalidStatus) as refused:
        dial(site, query)
    assert refused.value.response.status_code == 400


# --- the guard, and what else may come over a WebSocket


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:{port}.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "", "Sec-WebSocket-Protocol": "bearer, wrong"}, 401),
        ({"Authorization": "", "Sec-WebSocket-Protocol": "{token}"}, 401),
        ({"Authorization": "", "Cookie": "token={token}"}, 401),
    ],
)
@pytest.mark.parametrize("path", ["/ws?token={token}", "/ws", "/ws/terminal/unknown"])
def test_a_handshake_is_guarded_like_any_request(
    site: Site, path: str, headers: dict[str, str], status: int
) -> None:
    fill = {"token": site.token, "port": site.port}
    head = {"Host": site.authority, "Authorization": f"Bearer {site.token}"}
    head |= {name: value.format(**fill) for name, value in headers.items()}
    head |= {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    lines = [f"GET {path.format(**fill)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in head.items() if value]
    answer = site.raw("\r\n".join([*lines, "", ""]).encode())
    assert int(answer.split(b" ", 2)[1]) == status
    assert b"x-frame-options: DENY" in answer


def test_the_token_is_never_sent_back_as_a_protocol(site: Site) -> None:
    with dial_like_a_page(site, site.url) as follower:
        assert follower.subprotocol == "bearer"
        assert tell(follower, action="ping")["type"] == "Pong"


def test_compression_is_not_agreed_to(site: Site) -> None:
    from websockets.sync.client import connect

    url = f"ws://{site.authority}/ws"
    with connect(url, additional_headers=site.bearer, compression="deflate") as follower:
        assert follower.response is not None
        assert "Sec-WebSocket-Extensions" not in follower.response.headers


def test_a_compressed_frame_ends_the_connection_unopened(site: Site) -> None:
    bomb = zlib.compress(bytes(50 << 20), 9)
    with site.connect() as connection:
        connection.sendall(_handshake(site, "/ws"))
        connection.recv(1 << 16)
        head = bytes((0xC1, 0x80 | 126)) + len(bomb).to_bytes(2, "big") + bytes(4)
        connection.sendall(head + bomb)
        answer = read_to_end(connection)
    assert answer[2:4] == (1002).to_bytes(2, "big")  # a close frame: protocol error


@pytest.mark.parametrize("pieces", [1, 8])
def test_a_message_that_is_too_long_ends_the_connection(site: Site, pieces: int) -> None:
    part = "x" * (300_000 // pieces)
    codes: set[int | None] = set()
    for _ in range(5):
        with dial(site) as follower, pytest.raises(ConnectionClosed) as closed:
            follower.send(part if pieces == 1 else iter([part] * pieces))
            while True:
                hear(follower)
        codes.add(closed.value.rcvd.code if closed.value.rcvd else None)
    # Who was still sending may find the connection gone before it could read why.
    assert 1009 in codes
    assert codes <= {1009, None}
    assert site.ask("GET", "/api/ping").status_code == 200


def test_one_socket_above_the_limit_is_told_so(world: World) -> None:
    world.config.mkdir(parents=True)
    (world.config / "config.toml").write_text("[daemon]\nmax_websockets = 2\n")
    world.run("ui")
    site = Site(world)
    with dial(site) as first, dial(site) as second, dial(site) as third:
        with pytest.raises(ConnectionClosed) as closed:
            tell(third, action="ping")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        assert tell(first, action="ping")["type"] == "Pong"
        second.close()
        with dial(site) as fourth:
            assert tell(fourth, action="ping")["type"] == "Pong"


def test_clients_that_do_not_read_are_cut_off_and_cost_little(site: Site) -> None:
    make_profiles(site, [f"slow-{number:03}" for number in range(200)])
    wait_for(lambda: len(site.data("GET", "/api/profiles")) >= 200, "the profiles")
    daemon = psutil.Process(site.world.daemon_pid())
    before = daemon.memory_info().rss
    sleepers = [_sleeper(site) for _ in range(10)]
    try:
        wait_for(lambda: _peers(daemon, sleepers) == 0, "the end of those that sleep", 40)
        assert daemon.memory_info().rss - before < 20 << 20
    finally:
        for sleeper in sleepers:
            sleeper.close()
    with dial(site) as follower:
        assert tell(follower, action="ping")["type"] == "Pong"


def _sleeper(site: Site) -> socket.socket:
    """A client that asks for everything again and again, and reads nothing."""
    connection = site.connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    text = b'{"action":"resume","since":1}'
    message = bytes((0x81, 0x80 | len(text))) + bytes(4) + text  # masked with zeros
    connection.sendall(_handshake(site, "/ws?since=1"))
    connection.setblocking(False)
    for _ in range(200):
        try:
            connection.send(message)
        except BlockingIOError:
            break
    return connection


def _handshake(site: Site, path: str) -> bytes:
    lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    lines.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    return site.head("GET", path, *lines, close=False)


def _peers(daemon: psutil.Process, sleepers: list[socket.socket]) -> int:
    """How many of these connections the daemon still holds."""
    ours = {sleeper.getsockname()[1] for sleeper in sleepers}
    open_now = daemon.net_connections("tcp")
    return sum(bool(each.raddr) and each.raddr.port in ours for each in open_now)


def test_whoever_came_in_by_a_replaced_token_has_to_go(site: Site) -> None:
    with dial(site) as follower, stream(site) as events:
        tell(follower, action="ping")
        site.world.run("daemon", "token", "rotate")
        with pytest.raises(ConnectionClosed) as closed:
            hear(follower)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (
            1008,
            "the token was replaced",
        )
        assert list(events) == []
    with dial(site) as follower:
        assert tell(follower, action="ping")["type"] == "Pong"


def test_streams_hear_of_the_end_and_why(world: World) -> None:
    world.run("daemon", "start")
    world.run("ui")
    site = Site(world)
    with dial(site, "?events=DaemonShuttingDown") as follower:
        with stream(site, "/api/events?events=DaemonShuttingDown") as events:
            world.run("daemon", "stop")
            assert hear(follower)["data"] == {"reason": "requested"}
            assert [event["type"] for event in events] == ["DaemonShuttingDown"]
        with pytest.raises(ConnectionClosed) as closed:
            hear(follower)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


def test_who_only_listens_keeps_no_daemon_and_hears_that_it_was_idle(world: World) -> None:
    need(Path("/usr/bin/nngcat").exists(), "nngcat")
    world.run("daemon", "start", "--idle-timeout", "2")
    world.run("ui")
    site = Site(world)
    endpoint = world.json("daemon", "status")["events_endpoint"]
    with (
        subprocess.Popen(
            ["nngcat", "--sub", "--subscribe", "DaemonShutting", "--dial", f"ipc://{endpoint}",
             "--raw", "--count", "1", "--recv-timeout", "30"], stdout=subprocess.PIPE, text=True,
        ) as subscriber,
        dial(site, "?events=DaemonShuttingDown") as follower,
        stream(site, "/api/events?events=DaemonShuttingDown") as events,
    ):  # fmt: skip
        assert hear(follower)["data"] == {"reason": "idle_timeout"}
        assert [event["data"] for event in events] == [{"reason": "idle_timeout"}]
        assert '"idle_timeout"' in subscriber.communicate(timeout=20)[0]


def test_who_also_speaks_keeps_the_daemon(world: World) -> None:
    world.run("daemon", "start", "--idle-timeout", "2")
    world.run("ui")
    site = Site(world)
    with dial(site, "?events=DaemonShuttingDown") as follower:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            assert tell(follower, action="ping")["type"] == "Pong"
        assert hear(follower)["data"] == {"reason": "idle_timeout"}


@pytest.mark.parametrize("later", ["ProxyStarted", "RegistrySyncCompleted", "RegistryUpdated"])
def test_an_event_of_a_later_part_is_never_waited_for_in_vain(site: Site, later: str) -> None:
    answer = site.ask("GET", f"/api/events?events={later}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, 1105)
    with pytest.raises(InvalidStatus):
        dial(site, f"?events={later}")
    told = site.world.run("events", "--type", later, "--json", check=False)
    assert json.loads(told.stdout)["code"] == 1105
    both = {"events": ["ProfileCreated"], "not_yet": [later], "code": 1105}
    with dial(site, f"?events=ProfileCreated,{later}") as follower:
        assert hear(follower)["data"] == both
        make_profiles(site, [f"beside-{later.lower()}"])
        assert hear(follower)["type"] == "ProfileCreated"
        refused = tell(follower, action="subscribe", events=[later])
        assert (refused["type"], refused["data"]["code"]) == ("Refused", 1105)
        said = tell(follower, action="subscribe", events=[later, "ProfileDeleted"])["data"]
        assert (said["events"], said["not_yet"]) == (["ProfileCreated", "ProfileDeleted"], [later])
        unknown = tell(follower, action="subscribe", events=[later, "profilecreated"])
        assert (unknown["type"], unknown["data"]["code"]) == ("Refused", 1101)
    with stream(site, f"/api/events?events=ProfileCreated,{later}") as events:
        assert next(events)["data"] == both
