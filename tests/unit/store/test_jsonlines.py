"""The append-only log: whole records, counted damage, rotation."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.jsonlines import MAX_LINE, JsonLines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.jsonl"


def open_log(path: Path, **options: Any) -> JsonLines:
    return JsonLines(path, path.parent / "quarantine", **options)


def numbers(log: JsonLines) -> list[int]:
    return [record["n"] for record in log.read()]


def test_records_come_back_in_order_after_a_restart(path: Path) -> None:
    with open_log(path) as log:
        log.append({"n": 1, "text": "ä\n\u2028"})
    with open_log(path) as log:
        log.append({"n": 2})
        assert list(log.read()) == [{"n": 1, "text": "ä\n\u2028"}, {"n": 2}]
        assert log.problems == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_record_is_one_write_of_one_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    real = os.write

    def spy(fd: int, data: bytes) -> int:
        written.append(bytes(data))
        return real(fd, data)

    with open_log(path) as log, monkeypatch.context() as patch:
        patch.setattr(os, "write", spy)
        log.append({"n": 1})
    assert written == [b'{"n":1}\n']


@pytest.mark.parametrize("tail", [b'{"n":3', b"\0" * 5000, b'{"n":3}', b"x" * 200_000])
def test_an_incomplete_last_line_is_moved_away(tail: bytes, path: Path) -> None:
    path.write_bytes(b'{"n":1}\n{"n":2}\n' + tail)
    with open_log(path) as log:
        log.append({"n": 4})
        assert numbers(log) == [1, 2, 4]
        assert log.unparsable == 0
        assert len(log.problems) == 1
    (moved,) = (path.parent / "quarantine").iterdir()
    assert moved.read_bytes() == tail
    assert moved.stat().st_mode & 0o777 == 0o600


def test_a_line_cut_by_another_process_is_mended_before_the_next(path: Path) -> None:
    with open_log(path) as log:
        log.append({"n": 1})
        with path.open("ab") as other:
            other.write(b'{"n":')
        log.append({"n": 2})
        assert numbers(log) == [1, 2]


def test_unparsable_lines_are_counted_and_the_others_read(path: Path) -> None:
    lines = [b'{"n":1}', b"", b"[1]", b"\xff\xfe", b'{"n":', b"y" * (MAX_LINE + 5), b'{"n":2}']
    path.write_bytes(b"\n".join(lines) + b"\n")
    with open_log(path) as log:
        for _ in range(2):
            assert numbers(log) == [1, 2]
            assert log.unparsable == 5


def test_a_line_still_being_written_is_left_out(path: Path) -> None:
    with open_log(path) as log:
        log.append({"n": 1})
        with path.open("ab") as other:
            other.write(b'{"n":')
        assert numbers(log) == [1]
        assert log.unparsable == 0


def test_a_short_write_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write

    def short(fd: int, data: bytes) -> int:
        if bytes(data).startswith(b"{"):
            return real(fd, data[:3])
        raise OSError(28, "No space left on device")

    with open_log(path) as log:
        log.append({"n": 1})
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", short)
            with pytest.raises(RingletError, match="no space left") as caught:
                log.append({"n": 2})
        assert caught.value.code is ErrorCode.STORAGE_ERROR
        assert path.read_bytes() == b'{"n":1}\n'
        log.append({"n": 3})
        assert numbers(log) == [1, 3]


def test_a_full_log_becomes_an_older_part(path: Path) -> None:
    with open_log(path, rotate_bytes=40, keep=2) as log:
        for number in range(12):
            log.append({"n": number})
        assert numbers(log) == list(range(12))[-len(numbers(log)) :]
        assert numbers(log)[-1] == 11
    names = sorted(file.name for file in path.parent.glob("sessions*"))
    assert names == ["sessions.jsonl", "sessions.jsonl.1", "sessions.jsonl.2"]
    assert all(file.stat().st_size <= 40 for file in path.parent.glob("sessions*"))


def test_a_record_larger_than_a_part_is_still_kept(path: Path) -> None:
    with open_log(path, rotate_bytes=10) as log:
        log.append({"n": 1, "text": "x" * 100})
        log.append({"n": 2})
        assert numbers(log) == [1, 2]


def test_a_record_too_long_is_refused(path: Path) -> None:
    with open_log(path) as log, pytest.raises(RingletError, match="too long"):
        log.append({"text": "x" * MAX_LINE})


@pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
def test_something_that_is_no_log_is_set_aside(kind: str, path: Path) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    with open_log(path) as log:
        log.append({"n": 1})
        assert numbers(log) == [1]
        assert len(log.problems) == 1
    assert len(list((path.parent / "quarantine").iterdir())) == 1


def test_threads_and_processes_append_side_by_side(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ringlet.store.jsonlines import JsonLines\n"
        "log = JsonLines(Path(sys.argv[1]), Path(sys.argv[2]), rotate_bytes=3000, keep=20)\n"
        "for n in range(100): log.append({'n': n, 'who': sys.argv[3]})"
    )
    quarantine = path.parent / "quarantine"
    others = [subprocess.Popen([sys.executable, "-c", code, path, quarantine, who]) for who in "ab"]
    with open_log(path, rotate_bytes=3000, keep=20) as log:

        def append(who: str) -> None:
            for number in range(100):
                log.append({"n": number, "who": who})

        threads = [threading.Thread(target=append, args=(who,)) for who in "cd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [other.wait(30) for other in others] == [0, 0]
        records = list(log.read())
        assert log.unparsable == 0
    assert path.with_name("sessions.jsonl.1").exists()
    for who in "abcd":
        assert [record["n"] for record in records if record["who"] == who] == list(range(100))
