"""What a user changes in the configuration folder counts at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pynng
import pytest
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for


@pytest.fixture
def settled(world: World) -> World:
    """A daemon that has looked around and hears of changes."""
    add_agent(world, "true")
    create(world)
    pid = world.daemon_pid()
    wait_for(lambda: "inotify" in _descriptors(pid), "the watch")
    return world


@pytest.fixture
def events(settled: World) -> Iterator[pynng.Sub0]:
    with _follow(settled) as socket:
        yield socket


@contextmanager
def _follow(world: World) -> Iterator[pynng.Sub0]:
    """Everything that the daemon publishes from now on."""
    endpoint = world.json("daemon", "status")["events_endpoint"]
    with pynng.Sub0(recv_timeout=10_000) as socket:
        socket.subscribe("")
        socket.dial(f"ipc://{endpoint}", block=True)
        yield socket


def _descriptors(pid: int) -> str:
    return " ".join(str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir())


def _next(events: pynng.Sub0, kind: str) -> dict[str, Any]:
    """The data of the next event of that kind."""
    while True:
        topic, _, text = events.recv().decode().partition(" ")
        if topic == kind:
            data: dict[str, Any] = json.loads(text)["data"]
            return data


def _profile(world: World, alias: str = "work") -> Path:
    return world.config / "profiles" / f"{alias}.json"


def test_an_edited_profile_counts_at_once_and_says_what_changed(
    settled: World, events: pynng.Sub0
) -> None:
    path = _profile(settled)
    path.write_text(path.read_text().replace('"model-a"', '"model-b"'))
    assert _next(events, "ProfileUpdated") == {"alias": "work", "changes": ["model"]}
    assert settled.json("profiles", "inspect", "work")["model"] == "model-b"


def test_our_own_writes_are_no_changes_by_hand(settled: World, events: pynng.Sub0) -> None:
    settled.run("profiles", "run", "work")
    path = _profile(settled)
    path.write_text(path.read_text().replace('"model-a"', '"model-b"'))
    assert _next(events, "ProfileUpdated")["changes"] == ["model"]
    assert settled.json("profiles", "inspect", "work")["total_runs"] == 1


def test_a_copied_and_a_removed_file_are_a_new_and_a_deleted_profile(
    settled: World, events: pynng.Sub0
) -> None:
    text = _profile(settled).read_text().replace('"alias": "work"', '"alias": "more"')
    _profile(settled, "more").write_text(text)
    assert _next(events, "ProfileCreated")["alias"] == "more"
    _profile(settled, "more").unlink()
    assert _next(events, "ProfileDeleted") == {"alias": "more"}
    assert [p["alias"] for p in settled.json("profiles", "list")] == ["work"]


def test_a_half_done_edit_is_told_and_neither_used_nor_lost(settled: World) -> None:
    path = _profile(settled)
    half = path.read_text()[:40]
    path.write_text(half)

    def told() -> list[str]:
        return [p for p in settled.json("daemon", "status")["problems"] if "work.json" in p]

    wait_for(told, "the report")
    assert path.read_text() == half
    assert settled.json("profiles", "inspect", "work")["model"] == "model-a"
    settled.run("profiles", "run", "work")  # notes its use in the file
    (kept,) = (settled.config / "quarantine").glob("work.json*")
    assert kept.read_text() == half
    assert json.loads(path.read_text())["metadata"]["total_runs"] == 1


def test_a_corrected_edit_takes_its_report_back(settled: World) -> None:
    path = _profile(settled)
    whole = path.read_text()
    path.write_text(whole[:40])

    def told() -> list[str]:
        return [p for p in settled.json("daemon", "status")["problems"] if "work.json" in p]

    wait_for(told, "the report")
    path.write_text(whole.replace('"model-a"', '"model-b"'))
    wait_for(lambda: not told(), "its end")
    assert settled.json("profiles", "inspect", "work")["model"] == "model-b"


def test_a_new_manifest_is_looked_for_at_once(settled: World, events: pynng.Sub0) -> None:
    binary = settled.root / "bin" / "fake-agent"
    (settled.config / "agents.d" / "other.toml").write_text(
        'id = "other"\nname = "Other"\nbinary = "fake-agent"\n[profile]\n'
        'source_home = "~/.other/{alias}"\nscript = "fake.rhai"\n'
    )
    while (found := _next(events, "AgentDetected"))["id"] != "other":
        pass
    assert found == {
        "id": "other", "name": "Other", "version": "1.2.3", "binary_path": str(binary),
    }  # fmt: skip


def test_the_next_daemon_knows_what_is_new_of_agents(settled: World) -> None:
    settled.run("agents", "list")
    settled.run("daemon", "restart")
    binary = settled.root / "bin" / "fake-agent"
    binary.write_text(binary.read_text().replace("1.2.3", "1.3.0"))
    with _follow(settled) as events:
        settled.run("agents", "refresh")
        settled.run("profiles", "delete", "work", "--yes")
        told: list[str] = []
        while "ProfileDeleted" not in told:
            topic, _, text = events.recv().decode().partition(" ")
            told.append(topic)
            if topic == "AgentUpdated":
                assert json.loads(text)["data"] == {
                    "id": "fake", "old_version": "1.2.3", "new_version": "1.3.0",
                }  # fmt: skip
    assert told == ["AgentUpdated", "ProfileDeleted"]


def test_a_broken_manifest_is_in_the_log_with_its_line(settled: World) -> None:
    (settled.config / "agents.d" / "other.toml").write_text('id = "other"\nname = \n')
    log = settled.config / "logs" / "ringletd.log"
    wait_for(lambda: "other.toml:2" in log.read_text(), "the message")
