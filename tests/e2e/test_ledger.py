"""A ledger is never lost: kills, full disks and damaged pages, with a real daemon."""

from __future__ import annotations

import json
import random
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.components import needs
from tests.corpus import write_corpus
from tests.e2e.breaking import full_rounds, kill_rounds
from tests.e2e.world import World, wait_for

_PAGE = 4096


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An account whose usage is in the ledger, and a daemon that has it open."""
    world = World(tmp_path, "")
    world.config.mkdir(parents=True, mode=0o700)
    (world.config / "config.toml").write_text("[daemon]\nhttp = false\n")
    write_corpus(world.home, size=3_000_000, talk=0.02)
    yield world
    world.run("daemon", "stop", check=False)
    shutil.rmtree(world.runtime, ignore_errors=True)


def usage(world: World) -> Any:
    return world.json("usage", "--period", "all")["aggregates"]["total_tokens"]


def damage(world: World, table: str, *, only: Callable[[list[int]], list[int]]) -> None:
    """Put noise in the place of some pages of a table."""
    path = world.config / "telemetry" / "usage.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = raw.execute("SELECT pageno FROM dbstat WHERE name = ?", (table,))
        pages = only([page for (page,) in found])
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * _PAGE)
            file.write(random.Random(page).randbytes(_PAGE))  # noqa: S311 - noise


def verify(world: World) -> None:
    """The ledger holds what the transcripts say, and adds it up right."""
    found = world.json("usage", "verify")
    assert found["in_ledger"] == found["in_files"] > 0
    assert (found["different"], found["sums_agree"]) == (0, True)


def test_pages_that_are_damaged_while_no_daemon_runs_are_found_without_a_question(
    world: World,
) -> None:
    before = usage(world)
    world.run("daemon", "stop")
    damage(world, "call", only=lambda pages: pages[-2:])
    world.run("profiles", "list")

    def told() -> list[str]:
        problems = world.json("daemon", "status")["problems"]
        return [problem for problem in problems if "the ledger was damaged" in problem]

    (said,) = wait_for(told, "a word about the ledger", 60)
    assert "are known to be lost" in said
    assert usage(world) == before
    verify(world)
    done = world.run("doctor", check=False)
    (command,) = [line.strip() for line in done.stdout.splitlines() if "sqlite3 -readonly" in line]
    assert Path(shlex.split(command[command.index("sqlite3") :])[2]).is_file()


def test_pages_that_are_damaged_under_a_daemon_are_salvaged_without_a_restart(
    world: World,
) -> None:
    before = usage(world)
    pid = world.daemon_pid()
    damage(world, "roll", only=lambda pages: pages)
    assert usage(world) == before
    assert world.daemon_pid() == pid
    verify(world)
    for command in (("usage", "daily"), ("usage", "export"), ("stats",), ("usage", "statusline")):
        assert world.run(*command).returncode == 0


def test_the_doctor_finds_damage_that_no_question_met_and_mends_it(world: World) -> None:
    before = usage(world)
    damage(world, "call", only=lambda pages: pages[1:2])
    found = world.json("doctor", "--fix")["findings"]
    (mended,) = [one for one in found if "is damaged" in one["message"]]
    assert mended["fixed"], mended
    again = world.json("doctor")["findings"]
    assert not [one for one in again if "is damaged" in one["message"]]
    assert [one["level"] for one in again if "was damaged" in one["message"]] == ["warning"]
    assert usage(world) == before
    verify(world)


def test_a_checkpoint_of_which_only_the_header_was_written_costs_nothing(world: World) -> None:
    before = usage(world)
    path = world.config / "telemetry" / "usage.db"
    log = Path(f"{path}-wal").read_bytes()  # a young ledger is all in its log
    world.run("daemon", "stop")
    path.write_bytes(path.read_bytes()[:_PAGE])
    Path(f"{path}-wal").write_bytes(log)
    assert usage(world) == before
    assert not (world.config / "quarantine").exists()
    verify(world)


def test_a_ledger_that_cannot_be_used_just_now_is_told_and_comes_back_by_itself(
    world: World,
) -> None:
    before = usage(world)
    world.run("daemon", "stop")
    path = world.config / "telemetry" / "usage.db"
    hidden = path.with_name("hidden.db")
    path.rename(hidden)
    path.symlink_to(hidden)
    failed = world.run("usage", "--json", check=False)
    assert json.loads(failed.stdout)["code"] == 2003
    assert "is a link" in failed.stdout
    pid = world.daemon_pid()
    assert any("is a link" in problem for problem in world.json("daemon", "status")["problems"])
    path.unlink()
    hidden.rename(path)
    assert usage(world) == before
    assert world.daemon_pid() == pid
    assert not any("is a link" in text for text in world.json("daemon", "status")["problems"])
    assert not (world.config / "quarantine").exists()


@needs("strace")
def test_kills_at_the_nth_write_lose_nothing(tmp_path: Path) -> None:
    """A few of the rounds of tools/break-ledger."""
    assert kill_rounds(tmp_path / "kills", rounds=3, seed=5) > 0


@needs("bwrap")
def test_full_disks_lose_nothing(tmp_path: Path) -> None:
    """A few of the rounds of tools/break-ledger."""
    full_rounds(tmp_path / "full", rounds=3, seed=2)
