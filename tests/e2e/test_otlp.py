"""Figures on their way to a collector of OpenTelemetry."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.e2e.world import World, free_port, wait_for


@contextmanager
def collector() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Takes what is posted as a collector does; gives its port and what it got."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == ("/v1/metrics", "application/json")
            got.append(json.loads(body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, got
        server.shutdown()


def configure(world: World, endpoint: str) -> None:
    world.config.mkdir(parents=True)
    lines = ["[telemetry]", f'otlp_endpoint = "{endpoint}"', "otlp_interval_secs = 0.2"]
    (world.config / "config.toml").write_text("\n".join(lines))


def metrics(message: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a message, by name."""
    (resource,) = message["resourceMetrics"]
    attributes = resource["resource"]["attributes"]
    names = {each["key"]: each["value"]["stringValue"] for each in attributes}
    assert names["service.name"] == "ringlet"
    (scope,) = resource["scopeMetrics"]
    return {each["name"]: each for each in scope["metrics"]}


def test_figures_are_sent_again_and_again_and_at_the_end(world: World) -> None:
    with collector() as (port, got):
        configure(world, f"http://127.0.0.1:{port}")
        world.run("profiles", "list")
        wait_for(lambda: len(got) >= 2, "two posts")
        world.run("daemon", "stop")
        last = metrics(got[-1])
    events = last["ringlet_events_total"]["sum"]
    assert (events["isMonotonic"], events["aggregationTemporality"]) == (True, 2)
    kinds = {point["attributes"][0]["value"]["stringValue"] for point in events["dataPoints"]}
    assert {"DaemonStarted", "DaemonShuttingDown"} <= kinds
    (active,) = last["ringlet_runs_active"]["gauge"]["dataPoints"]
    assert active["asDouble"] == 0.0
    (requests, *_) = last["ringlet_request_seconds"]["histogram"]["dataPoints"]
    assert int(requests["count"]) == sum(map(int, requests["bucketCounts"]))
    assert len(requests["bucketCounts"]) == len(requests["explicitBounds"]) + 1


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_collector_that_is_not_there_is_told_of_once(world: World, scheme: str) -> None:
    configure(world, f"{scheme}://127.0.0.1:{free_port()}")
    world.run("ui")
    log = world.config / "logs" / "ringletd.log"
    wait_for(lambda: "does not take our figures" in log.read_text(), "the warning")
    world.run("profiles", "list")
    world.run("daemon", "stop")
    assert log.read_text().count("does not take our figures") == 1
