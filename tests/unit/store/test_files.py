"""Private files: replaced whole or not at all, set aside without loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.components import find, need

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import _RUN
from ringlet.store.files import (
    ensure_private_dir,
    read_bounded,
    set_aside,
    sweep_leftovers,
    write_atomic,
)

FULL_DISK = """
import json, os, sys
from pathlib import Path
from ringlet.domain.errors import RingletError
from ringlet.store.files import write_atomic
from ringlet.store.jsonlines import JsonLines
folder = Path(sys.argv[1])
log = JsonLines(folder / "log", folder / "quarantine")
log.append({"n": 0})
write_atomic(folder / "file", b"old")
with open(folder / "filler", "wb", buffering=0) as filler:
    try:
        while True: filler.write(b"x" * 4096)
    except OSError: pass
said = []
for attempt in (lambda: write_atomic(folder / "file", b"n" * 50_000),
                lambda: log.append({"n": 1, "text": "x" * 50_000})):
    try: attempt()
    except RingletError as error: said.append([error.code, error.message, error.hint])
old = (folder / "file").read_text()
names = sorted(os.listdir(folder))
(folder / "filler").unlink()
write_atomic(folder / "file", b"new")
log.append({"n": 2})
print(json.dumps({"said": said, "old": old, "names": names,
    "new": (folder / "file").read_text(), "log": list(log.read())}))
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"a longer old text")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert not list(tmp_path.glob(".ringlet-*"))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o177])
@pytest.mark.parametrize("wanted", [0o600, 0o644, 0o700])
def test_the_mode_is_exact_whatever_the_umask(tmp_path: Path, umask: int, wanted: int) -> None:
    old = os.umask(umask)
    try:
        write_atomic(tmp_path / "file", b"x", mode=wanted)
    finally:
        os.umask(old)
    assert mode(tmp_path / "file") == wanted


def test_a_link_at_the_place_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "file").symlink_to(victim)
    write_atomic(tmp_path / "file", b"x")
    assert victim.read_text() == "precious"
    assert not (tmp_path / "file").is_symlink()


def test_a_failed_write_names_the_path_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "taken").mkdir()
    with pytest.raises(RingletError, match=r"taken: is a directory") as caught:
        write_atomic(folder / "taken", b"x")
    assert caught.value.code is ErrorCode.STORAGE_ERROR
    assert os.listdir(folder) == ["taken"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RingletError, match="no such file or directory"):
        write_atomic(tmp_path / "none" / "file", b"x")


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_whatever_call_fails_the_old_file_stays_whole(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_atomic(folder / "file", b"old")

    def fail(*_: object, **__: object) -> int:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(RingletError, match="input/output error"):
            write_atomic(folder / "file", b"new")
    assert (folder / "file").read_bytes() == b"old"
    assert os.listdir(folder) == ["file"]


def test_a_full_disk_loses_nothing_and_is_said(tmp_path: Path) -> None:
    need(find("bwrap"), "bwrap, which makes a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    sandbox = ["bwrap", "--unshare-user", "--bind", "/", "/", "--dev", "/dev"]
    disk = ["--size", "262144", "--tmpfs", str(place)]
    done = subprocess.run(
        [*sandbox, *disk, sys.executable, "-c", FULL_DISK, str(place)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert [message for _, message, _ in seen["said"]] == [
        f"Cannot write {place}/file: no space left on device",
        f"Cannot write {place}/log: no space left on device",
    ]
    assert all(
        code == ErrorCode.STORAGE_ERROR and "space" in hint for code, _, hint in seen["said"]
    )
    assert (seen["old"], seen["new"]) == ("old", "new")
    assert seen["names"] == ["file", "filler", "log"]
    assert seen["log"] == [{"n": 0}, {"n": 2}]


def test_a_read_only_place_is_said(tmp_path: Path) -> None:
    need(find("bwrap"), "bwrap, which makes a read-only place")
    place = tmp_path / "fixed"
    place.mkdir()
    code = (
        "import sys; from pathlib import Path; from ringlet.store.files import *\n"
        "ensure_private_dir(Path(sys.argv[1]))\n"
        "try: write_atomic(Path(sys.argv[1], 'file'), b'x')\n"
        "except Exception as error: print(error.message)"
    )
    sandbox = ["bwrap", "--unshare-user", "--bind", "/", "/", "--dev", "/dev"]
    done = subprocess.run(
        [*sandbox, "--ro-bind", place, place, sys.executable, "-c", code, place],
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"Cannot write {place}/file: read-only file system\n", done.stderr


def test_threads_writing_one_file_leave_one_whole_text(tmp_path: Path) -> None:
    texts = [bytes([65 + number]) * 100_000 for number in range(4)]

    def write(text: bytes) -> None:
        for _ in range(10):
            write_atomic(tmp_path / "file", text)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_bytes() in texts


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_bounded(tmp_path / "file", 5) == b"12345"
    assert read_bounded(tmp_path / "none", 5) is None
    with pytest.raises(RingletError, match="more than 4 bytes"):
        read_bounded(tmp_path / "file", 4)


def test_reading_a_fifo_or_folder_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path):
        with pytest.raises(RingletError, match="not a regular file"):
            read_bounded(path, 10)


def test_new_folders_are_private_all_the_way(tmp_path: Path) -> None:
    ensure_private_dir(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / part) for part in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_an_existing_folder_is_tightened_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(0o755)
    ensure_private_dir(folder)
    assert mode(folder) == 0o755
    ensure_private_dir(folder, tighten=True)
    assert mode(folder) == 0o700


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RingletError, match="not a directory"):
        ensure_private_dir(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("given_away", ["folder", "link"])
def test_a_folder_or_link_of_another_user_is_refused(given_away: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    ensure_private_dir(tmp_path / "link")
    os.chown(tmp_path / given_away, 12345, 12345, follow_symlinks=False)
    with pytest.raises(RingletError, match="belongs to another user"):
        ensure_private_dir(tmp_path / "link")


def test_a_file_set_aside_overwrites_nothing(tmp_path: Path) -> None:
    moved = []
    for text in ("one", "two", "three"):
        (tmp_path / "file").write_text(text)
        moved.append(set_aside(tmp_path / "file", tmp_path / "quarantine"))
    assert [path.read_text() for path in moved] == ["one", "two", "three"]
    assert all(path.name.startswith("file.2") for path in moved)
    assert not (tmp_path / "file").exists()


def test_a_folder_or_dangling_link_can_be_set_aside_too(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to("nowhere")
    assert (set_aside(tmp_path / "folder", tmp_path / "quarantine") / "inner").is_dir()
    assert set_aside(tmp_path / "link", tmp_path / "quarantine").is_symlink()


def test_only_abandoned_files_of_ours_are_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    own = f".ringlet-{os.getpid()}-{_RUN}-0.tmp"
    abandoned = [f".ringlet-{dead.pid}-00000000-1.tmp", f".ringlet-{os.getpid()}-00000000-1.tmp"]
    kept = {own, f".ringlet-{os.getppid()}-00000000-1.tmp", "notes.tmp"}
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in (*abandoned, *kept):
        (folder / name).touch()
    assert sweep_leftovers(folder) == 2
    assert set(os.listdir(folder)) == kept
    assert sweep_leftovers(tmp_path / "none") == 0


def test_a_leftover_of_a_reused_pid_goes_after_an_hour(tmp_path: Path) -> None:
    leftover = tmp_path / f".ringlet-{os.getppid()}-00000000-1.tmp"
    leftover.touch()
    os.utime(leftover, (1, 1))
    assert sweep_leftovers(tmp_path) == 1
