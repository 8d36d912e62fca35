"""Clients of the event stream, and changes that make events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from tests.e2e.site import SECONDS, Site
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from ringlet.domain.profiles import Profile, ProfileMetadata


def make_profiles(site: Site, aliases: list[str]) -> None:
    """Write profiles by hand; the daemon hears of it and publishes an event for each."""
    for alias in aliases:
        home = str(site.world.home / ".claude-profiles" / alias)
        profile = Profile(
            alias=alias,
            agent_id="claude",
            provider_id="minimax",
            endpoint_id="international",
            model="MiniMax-M2.1",
            metadata=ProfileMetadata(home=home, created_at=datetime.now(UTC)),
        )
        path = site.world.config / "profiles" / f"{alias}.json"
        path.write_bytes(msgspec.json.encode(profile))


def dial(site: Site, query: str = "", **options: Any) -> ClientConnection:
    """A WebSocket to the daemon, with the token."""
    url = f"ws://{site.authority}/ws{query}"
    options.setdefault("additional_headers", site.bearer)
    socket: ClientConnection = connect(url, compression=None, open_timeout=SECONDS, **options)
    return socket


def dial_like_a_page(site: Site, origin: str) -> ClientConnection:
    """As a script in a browser does: no headers of its own, the token as a protocol."""
    return dial(
        site,
        additional_headers={},
        origin=Origin(origin),
        subprotocols=[Subprotocol("bearer"), Subprotocol(site.token)],
    )


def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    return dict(json.loads(socket.recv(SECONDS)))


def hear_all(socket: ClientConnection, kind: str, count: int) -> list[dict[str, Any]]:
    """The next events of one type."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        event = hear(socket)
        if event["type"] == kind:
            found.append(event)
    return found


def tell(socket: ClientConnection, **wish: Any) -> dict[str, Any]:
    """Send a wish and return what is said to it."""
    socket.send(json.dumps(wish))
    return hear(socket)


@contextmanager
def stream(site: Site, path: str = "/api/events", **headers: str) -> Iterator[Iterator[Any]]:
    """The events of `/api/events`, each checked against its own id and name."""
    with httpx.Client(timeout=SECONDS, headers=site.bearer | headers) as client:
        with client.stream("GET", site.url + path) as response:
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Any]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        event = json.loads(fields["data"])
        assert (str(event["seq"]), event["type"]) == (fields["id"], fields["event"])
        yield event
