"""Commands that follow what happens: `ringlet events`, and lists with --watch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.e2e.event_clients import make_profiles
from tests.e2e.site import Site
from tests.e2e.world import RINGLET, World, wait_for


@contextmanager
def following(site: Site, *arguments: str, beside: int = 0) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, `beside` so many others; when this begins, it is connected."""
    wait_for(lambda: _clients(site) == beside, "the end of other commands")
    process = site.world.start(*arguments)
    try:
        wait_for(lambda: _clients(site) == beside + 1, "the command to follow")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _clients(site: Site) -> int:
    """Connections to the request socket, each told by the kernel's own list."""
    endpoint = site.world.runtime / "ringlet"
    rows = Path("/proc/net/unix").read_text().splitlines()
    return sum(" 03 " in row and str(endpoint) in row and "events" not in row for row in rows)


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_events_come_as_lines_for_people_and_for_programs(site: Site) -> None:
    with following(site, "events", "--type", "ProfileCreated") as people:
        wanted = ("--type", "ProfileCreated", "--json")
        with following(site, "events", *wanted, beside=1) as programs:
            make_profiles(site, ["told"])
            assert "ProfileCreated alias=told agent_id=claude" in read_line(people)
            event = json.loads(read_line(programs))
    assert event["data"]["alias"] == "told"
    again = site.world.start("events", "--since", str(event["seq"] - 1), "--json")
    assert json.loads(read_line(again)) == event
    again.kill()
    again.communicate()


def test_control_c_ends_it_without_a_word(site: Site) -> None:
    with following(site, "events") as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (130, "", "")


def test_it_ends_when_nobody_reads_it_any_more(site: Site) -> None:
    with following(site, "events", "--type", "ProfileCreated") as process:
        assert process.stdout is not None
        make_profiles(site, ["read"])
        read_line(process)
        process.stdout.close()
        make_profiles(site, ["unread"])
        assert process.wait(20) == -signal.SIGPIPE  # like tail -f
        process.stdout = None


def test_unknown_types_are_refused_with_the_known_ones(site: Site) -> None:
    refused = site.world.run("events", "--type", "Nothing", check=False)
    assert refused.returncode == 1
    assert "ProfileCreated" in refused.stderr


def test_a_watched_list_is_shown_again_when_it_changes(site: Site) -> None:
    with following(site, "profiles", "list", "--watch") as process:
        make_profiles(site, ["watched"])
        wait_for(lambda: "watched" in read_line(process), "the list with the profile")


def read_until(process: subprocess.Popen[str], word: str) -> list[str]:
    """The lines up to one that holds the word."""
    lines = [read_line(process)]
    while word not in lines[-1]:
        assert lines[-1], lines  # else it has ended
        lines.append(read_line(process))
    return lines


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_followers_go_on_with_the_next_daemon(world: World, end: str) -> None:
    world.run("ui")
    site = Site(world)
    with (
        following(site, "events") as events,
        following(site, "profiles", "list", "--watch", beside=1) as profiles,
        following(site, "usage", "--watch", beside=2) as usage,
    ):
        make_profiles(site, ["before"])
        read_until(events, "alias=before")
        read_until(profiles, "before")
        if end == "stop":
            world.run("daemon", "stop")
            read_until(events, "DaemonShuttingDown reason=requested")
        else:
            os.kill(world.daemon_pid(), signal.SIGKILL)
        assert events.stderr is not None
        why = "requested" if end == "stop" else "without a word"
        assert f"the daemon has gone ({why})" in events.stderr.readline()
        world.run("daemon", "start")
        assert "connected again" in events.stderr.readline()
        wait_for(lambda: _clients(site) == 3, "the return of all")
        make_profiles(site, ["after"])
        lines = read_until(events, "alias=after")
        assert "DaemonStarted" in lines[0]
        assert sum("alias=" in line for line in lines) == 1  # none comes twice
        read_until(profiles, "after")
        assert usage.poll() is None
        for process in (events, profiles, usage):
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
            assert process.stderr is not None
            errors = process.stderr.read()
            if process is events:  # what it has missed, it says; nothing, if it heard the end
                assert ("were missed" in errors) == (end == "kill")
            else:
                assert errors.count("the daemon has gone") == 1


def test_who_waits_for_the_next_daemon_ends_with_its_reader(world: World) -> None:
    world.run("ui")
    with following(Site(world), "events") as process:
        world.run("daemon", "stop")
        read_until(process, "DaemonShuttingDown")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) == -signal.SIGPIPE
        process.stdout = None


def test_without_a_daemon_there_is_nothing_to_follow(world: World) -> None:
    world.config.parent.mkdir(parents=True, exist_ok=True)
    world.config.write_text("not a folder")
    done = subprocess.run(
        [RINGLET, "events"], env=world.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "needs the daemon" in done.stderr
    world.config.unlink()
