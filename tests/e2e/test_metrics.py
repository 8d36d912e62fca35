"""The figures of the daemon, as a real Prometheus reads them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.components import find, needs
from tests.e2e.event_clients import dial, hear, make_profiles
from tests.e2e.site import Site
from tests.e2e.world import free_port, wait_for
from tests.unit.usage.world import answer, transcript

_CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: ringlet
    authorization: {{credentials_file: {token}}}
    static_configs: [{{targets: ["{target}"]}}]
"""


@contextmanager
def prometheus(site: Site, folder: Path) -> Iterator[str]:
    """A Prometheus that scrapes the daemon; gives the address of its own API."""
    token = site.world.config / "http_token"
    (folder / "prometheus.yml").write_text(_CONFIG.format(token=token, target=site.authority))
    port = free_port()
    argv = [find("prometheus") or "", f"--config.file={folder}/prometheus.yml"]
    argv += [f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "log").open("w") as log, subprocess.Popen(argv, stderr=log) as process:
        try:
            yield f"http://127.0.0.1:{port}/api/v1/query"
        finally:
            process.terminate()


def value(api: str, query: str) -> float | None:
    """The value of an expression that has one, once it does."""
    try:
        found: list[Any] = httpx.get(api, params={"query": query}).json()["data"]["result"]
    except (httpx.TransportError, ValueError):
        return None
    return float(found[0]["value"][1]) if found else None


@needs("prometheus")
def test_prometheus_scrapes_the_daemon_with_its_token(site: Site, tmp_path: Path) -> None:
    site.world.run("profiles", "list")
    make_profiles(site, ["measured"])
    for _ in range(3):
        site.data("GET", "/api/profiles")
    with prometheus(site, tmp_path) as api:
        wait_for(lambda: value(api, 'up{job="ringlet"}') == 1.0, "the first scrape", 40)
        wait_for(lambda: value(api, "ringlet_profiles") == 1.0, "the profile")
        wait_for(lambda: value(api, "ringlet_runs_active") == 0.0, "the runs")
        route = 'ringlet_http_request_seconds_count{route="/api/profiles"}'
        wait_for(lambda: (value(api, route) or 0) >= 3, "the requests")
        created = 'ringlet_events_total{type="ProfileCreated"}'
        wait_for(lambda: value(api, created) == 1.0, "the event")
        quantile = "histogram_quantile(0.9, ringlet_request_seconds_bucket)"
        wait_for(lambda: (value(api, quantile) or 0) > 0, "the latency of requests")


@needs("promtool")
def test_the_text_is_as_prometheus_wants_it(site: Site) -> None:
    answer = site.ask("GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    promtool = find("promtool") or ""
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=answer.text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_names_of_the_user_are_in_no_figure(site: Site) -> None:
    make_profiles(site, ["very-private"])
    wait_for(lambda: "very-private" in site.ask("GET", "/api/profiles").text, "the profile")
    site.ask("GET", "/api/profiles/very-private")
    site.ask("GET", "/api/very-private")
    assert "very-private" not in site.ask("GET", "/metrics").text


def test_what_was_used_is_told_by_events_and_by_figures_of_the_ledger(
    site: Site, tmp_path: Path
) -> None:
    """One answer of 10 + 5 tokens with a price, 3 and 15 dollars a million, and one without."""
    priced = answer(1).replace(b'"sonnet"', b'"claude-sonnet-4-5"')
    transcript(tmp_path).write_bytes(priced + answer(2))
    before = site.ask("GET", "/metrics").text
    assert "ringlet_calls_total{" not in before
    assert not (site.world.config / "telemetry" / "usage.db").exists()
    with dial(site, "?events=UsageUpdated,UsageImported") as follower:
        site.world.run("usage", "import", "--home", str(tmp_path), "--agent", "claude")
        updated, imported = hear(follower), hear(follower)
    assert updated["data"]["tokens"]["input_tokens"] == 20
    assert updated["data"]["cost"] == {"total_cost": 0.000105}
    assert (imported["data"]["source"], imported["data"]["records_imported"]) == ("claude", 2)
    site.world.run("budget", "set", "*", "--daily", "1")
    site.world.run("daemon", "restart", "--stay-alive")
    site.world.run("ui")
    figures = site.ask("GET", "/metrics").text.splitlines()
    for figure in (
        'ringlet_tokens_total{agent="claude",class="input"} 20',
        'ringlet_tokens_total{agent="claude",class="cache_read"} 0',
        'ringlet_calls_total{agent="claude"} 2',
        'ringlet_sessions{agent="claude"} 1',
        'ringlet_cost_usd{agent="claude"} 0.000105',
        'ringlet_unpriced_calls{agent="claude"} 1',
        'ringlet_budgets{level="fine"} 1',
        'ringlet_budgets{level="reached"} 0',
    ):
        assert figure in figures
