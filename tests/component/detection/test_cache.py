from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringlet.agents.cache import DetectionCache, Seen
from ringlet.store.quarantine import Quarantine

NOON = 1_800_000_000.0


def cache_in(file: Path) -> DetectionCache:
    return DetectionCache(file, Quarantine(file.parent / "quarantine"))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\n")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "agent-detections.json"


def remember(cache: DetectionCache, program: Path, failure: str = "") -> tuple[str, ...]:
    command = (str(program), "--version")
    cache.remember(
        command, version=None if failure else "1.2.3", failure=failure, passing=False, now=NOON
    )
    return command


def test_an_outcome_outlives_the_process_that_probed(program: Path, file: Path) -> None:
    first = cache_in(file)
    command = remember(first, program)
    first.save()
    found = cache_in(file).find(command, now=NOON + 1)
    assert found is not None
    assert (found.version, found.checked_at) == ("1.2.3", NOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_agents_are_remembered_when_outcomes_are_forgotten(file: Path) -> None:
    first = cache_in(file)
    assert first.exchange("claude", Seen("/bin/claude", "1.0")) is None
    first.clear()
    first.save()
    second = cache_in(file)
    assert second.exchange("claude", None) == Seen("/bin/claude", "1.0")
    second.save()
    assert cache_in(file).exchange("claude", None) is None


def test_a_changed_program_is_not_taken_for_the_old_one(program: Path, file: Path) -> None:
    cache = cache_in(file)
    command = remember(cache, program)
    os.utime(program, ns=(1, 1))
    assert cache.find(command, now=NOON) is None
    remember(cache, program)
    assert cache.find(command, now=NOON) is not None
    program.write_text("#!/bin/sh\n\n")
    os.utime(program, ns=(1, 1))
    assert cache.find(command, now=NOON) is None


def test_a_removed_program_is_not_found(program: Path, file: Path) -> None:
    cache = cache_in(file)
    command = remember(cache, program)
    program.unlink()
    assert cache.find(command, now=NOON) is None


def test_a_link_counts_as_the_program_behind_it(program: Path, file: Path, tmp_path: Path) -> None:
    cache = cache_in(file)
    remember(cache, program)
    link = tmp_path / "link"
    link.symlink_to(program)
    assert cache.find((str(link), "--version"), now=NOON) is not None


def test_other_arguments_are_another_probe(program: Path, file: Path) -> None:
    cache = cache_in(file)
    remember(cache, program)
    assert cache.find((str(program), "-V"), now=NOON) is None


@pytest.mark.parametrize(
    ("failure", "age", "kept"),
    [("", 23 * 3600, True), ("", 25 * 3600, False), ("no", 299, True), ("no", 301, False)],
)
def test_a_failure_is_tried_again_sooner_than_a_success(
    program: Path, file: Path, failure: str, age: float, kept: bool
) -> None:
    cache = cache_in(file)
    command = remember(cache, program, failure)
    assert (cache.find(command, now=NOON + age) is not None) is kept


def test_an_entry_from_the_future_is_not_trusted(program: Path, file: Path) -> None:
    cache = cache_in(file)
    command = remember(cache, program)
    assert cache.find(command, now=NOON - 3600) is None


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"", 1),
        (b"{", 1),
        (b"[]", 1),
        (b'{"format": 99}', 0),  # of another version of Ringlet, and whole
        (b'{"probes": {"x": 3}}', 1),
        (b"\xff\xfe", 1),
    ],
)
def test_a_damaged_file_counts_as_empty_and_is_replaced(
    program: Path, file: Path, content: bytes, kept: int
) -> None:
    file.parent.mkdir(mode=0o700)
    file.write_bytes(content)
    cache = cache_in(file)
    command = (str(program), "--version")
    assert cache.find(command, now=NOON) is None
    remember(cache, program)
    cache.save()
    assert cache_in(file).find(command, now=NOON) is not None
    assert len(list((file.parent / "quarantine").glob(f"{file.name}*"))) == kept


def test_nothing_is_written_when_nothing_was_learnt(file: Path) -> None:
    cache_in(file).save()
    assert not file.exists()
