"""What the server sent to real agents at work at once is in the ledger, to the token and soon."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from tests.e2e.site import Site
from tests.e2e.terminal import Terminal
from tests.e2e.test_real_agents import arguments, need_agent
from tests.e2e.test_usage import create
from tests.e2e.world import Model, World, wait_for

_PATIENCE: Final = 10.0  # on a machine that does much else; what is asked for is 2 s
_CLASSES: Final = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_5m_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
}
# What the model is told to say that it used: other figures for each profile, so that an answer
# under the wrong one is seen. How an agent of the chat API counts what is written to a cache is
# not defined, so there nothing is.
_FIGURES: Final = {
    "claude-shell": "input=1001 output=21 cache_read=301 cache_write=41 cache_write_1h=51",
    "claude-screen": "input=2003 output=22 cache_read=302 cache_write=42 cache_write_1h=52",
    "codex-one": "input=3005 output=23 cache_read=303 reasoning=3",
    "codex-two": "input=4007 output=24 cache_read=304 reasoning=4",
    "opencode-one": "input=5009 output=25 cache_read=305",
    "opencode-two": "input=6011 output=26 cache_read=306",
}


def _sent(model: Model, alias: str) -> Counter[str]:
    """What the server sent to a profile, told by its key, as far as the ledger must know it.

    All of it for Claude Code: what its transcripts lack, such as the title of a conversation, it
    reports itself. Codex and OpenCode note down no titles and report nothing by which they could
    be told apart, so their requests without tools, which ask for titles, are left out.
    """
    sent: Counter[str] = Counter()
    for request in _answered(model, alias):
        if request["tools"] or alias.startswith("claude"):
            sent["calls"] += 1
            sent.update({name: request["usage"][kind] for kind, name in _CLASSES.items()})
    return sent


def _answered(model: Model, alias: str) -> list[dict[str, Any]]:
    """The requests that came with the profile's key and were answered by a model."""
    digest = hashlib.sha256(_key(alias).encode()).hexdigest()
    return [r for r in model.requests() if r["key_sha256"] == digest and r["usage"]]


def _key(alias: str) -> str:
    return f"sk-canary-{alias}-0123456789abcdef"


def _ledger(site: Site) -> dict[str, Counter[str]]:
    report = site.data("GET", "/api/usage/report?by=profile&period=all")
    return {
        row["group"]["profile"]: Counter(
            {name: row[name] for name in ("calls", *_CLASSES.values())}
        )
        for row in report["rows"]
    }


def _prompt(alias: str) -> str:
    return f"[[usage: {_FIGURES[alias]}]] [[bash: sleep 1]]"


def _converse(world: World, model: Model, alias: str) -> None:
    """Talk to Claude Code on a terminal until it has an answer and a title; then leave."""
    terminal = Terminal(world, "profiles", "run", alias, "--trust", "--", "--allowedTools", "Bash")
    terminal.answer("shortcuts", _prompt(alias), enter="")
    terminal.answer("sleep", "\r", enter="")
    terminal.answer("answered:", "", enter="")  # the end of "Done. The tool answered:"

    def is_titled() -> bool:
        terminal.look()
        return any(not request["tools"] for request in _answered(model, alias))

    wait_for(is_titled, "a title", 60.0)
    terminal.leave("\x03")


def _work(world: World, model: Model, alias: str) -> float:
    """Run the profile's agent to its end; when that was."""
    if alias == "claude-screen":
        _converse(world, model, alias)
    else:
        agent = alias.partition("-")[0]
        process = world.start("profiles", "run", alias, "--", *arguments(agent, _prompt(alias)))
        process.communicate(timeout=120)
    return time.monotonic()


def _watch(site: Site, model: Model, ends: dict[str, Future[float]]) -> dict[str, float]:
    """Seconds from the end of each agent until all that it was sent could be asked for."""
    seconds: dict[str, float] = {}
    while len(seconds) < len(ends):
        ledger = _ledger(site)
        now = time.monotonic()
        for alias, end in ends.items():
            if alias in seconds or not end.done():
                continue
            if ledger.get(alias) == _sent(model, alias):
                seconds[alias] = max(0.0, now - end.result())
            assert now - end.result() < _PATIENCE, (alias, _differences(site, model))
        time.sleep(0.02)
    return seconds


def test_what_the_server_sent_to_six_profiles_at_once_is_theirs_and_counts_once(
    world: World, model: Model, record_property: Callable[[str, Any], None]
) -> None:
    for agent in ("claude", "codex", "opencode"):
        need_agent(agent)
        create(world, model, agent, *(alias for alias in _FIGURES if alias.startswith(agent)))
    world.run("config", "set", "telemetry.agent_otel", "true")
    world.run("ui")  # waits until HTTP is up
    site = Site(world)
    with ThreadPoolExecutor(len(_FIGURES)) as pool:
        ends = {alias: pool.submit(_work, world, model, alias) for alias in _FIGURES}
        seconds = _watch(site, model, ends)

    assert _differences(site, model) == {}
    assert _ledger(site).keys() == _FIGURES.keys()
    assert all(_ledger(site)[alias]["calls"] >= 2 for alias in _FIGURES)
    assert reports(site) >= 2, "both of Claude's runs report while they go on"
    found = world.json("usage", "verify")
    assert (found["different"], found["sums_agree"]) == (0, True)
    assert found["kept"] >= 1, "a title, which only a report tells of"
    last = max(seconds, key=lambda alias: seconds[alias])
    record_property(
        "count", f"usage visible {seconds[last]:.2f} s after the end of {last}, at most"
    )


def reports(site: Site) -> int:
    """How often agents have reported."""
    count = 'ringlet_http_request_seconds_count{route="/otlp/v1/logs"} '
    lines = site.ask("GET", "/metrics").text.splitlines()
    return sum(int(line.removeprefix(count)) for line in lines if line.startswith(count))


def _differences(site: Site, model: Model) -> dict[str, tuple[Any, Any]]:
    ledger = _ledger(site)
    return {
        alias: (dict(sent), dict(ledger.get(alias, {})))
        for alias in _FIGURES
        if (sent := _sent(model, alias)) != ledger.get(alias)
    }
