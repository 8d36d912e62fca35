from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringlet.agents.cache import DetectionCache

NOON = 1_800_000_000.0


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
    cache.remember(command, version=None if failure else "1.2.3", failure=failure, now=NOON)
    return command


def test_an_outcome_outlives_the_process_that_probed(program: Path, file: Path) -> None:
    first = DetectionCache(file)
    command = remember(first, program)
    first.save()
    found = DetectionCache(file).find(command, now=NOON + 1)
    assert found is not None
    assert (found.version, found.checked_at) == ("1.2.3", NOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_changed_program_is_not_taken_for_the_old_one(program: Path, file: Path) -> None:
    cache = DetectionCache(file)
    command = remember(cache, program)
    os.utime(program, ns=(1, 1))
    assert cache.find(command, now=NOON) is None
    remember(cache, program)
    assert cache.find(command, now=NOON) is not None
    program.write_text("#!/bin/sh\n\n")
    os.utime(program, ns=(1, 1))
    assert cache.find(command, now=NOON) is None


def test_a_removed_program_is_not_found(program: Path, file: Path) -> None:
    cache = DetectionCache(file)
    command = remember(cache, program)
    program.unlink()
    assert cache.find(command, now=NOON) is None


def test_a_link_counts_as_the_program_behind_it(program: Path, file: Path, tmp_path: Path) -> None:
    cache = DetectionCache(file)
    remember(cache, program)
    link = tmp_path / "link"
    link.symlink_to(program)
    assert cache.find((str(link), "--version"), now=NOON) is not None


def test_other_arguments_are_another_probe(program: Path, file: Path) -> None:
    cache = DetectionCache(file)
    remember(cache, program)
    assert cache.find((str(program), "-V"), now=NOON) is None


@pytest.mark.parametrize(
    ("failure", "age", "kept"),
    [("", 23 * 3600, True), ("", 25 * 3600, False), ("no", 299, True), ("no", 301, False)],
)
def test_a_failure_is_tried_again_sooner_than_a_success(
    program: Path, file: Path, failure: str, age: float, kept: bool
) -> None:
    cache = DetectionCache(file)
    command = remember(cache, program, failure)
    assert (cache.find(command, now=NOON + age) is not None) is kept


def test_an_entry_from_the_future_is_not_trusted(program: Path, file: Path) -> None:
    cache = DetectionCache(file)
    command = remember(cache, program)
    assert cache.find(command, now=NOON - 3600) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": 99}', b'{"probes": {"x": 3}}', b"\xff\xfe"]
)
def test_a_damaged_file_counts_as_empty_and_is_replaced(
    program: Path, file: Path, content: bytes
) -> None:
    file.parent.mkdir(mode=0o700)
    file.write_bytes(content)
    cache = DetectionCache(file)
    command = (str(program), "--version")
    assert cache.find(command, now=NOON) is None
    remember(cache, program)
    cache.save()
    assert DetectionCache(file).find(command, now=NOON) is not None


def test_nothing_is_written_when_nothing_was_learnt(file: Path) -> None:
    DetectionCache(file).save()
    assert not file.exists()
