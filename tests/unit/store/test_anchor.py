"""What an agent may have put in our way inside a profile home."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.anchor import Anchor


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "profile").mkdir(0o700)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").write_text("precious")
    return tmp_path / "profile"


@pytest.fixture
def anchor(home: Path) -> Iterator[Anchor]:
    with Anchor(home, limit=1000) as anchor:
        yield anchor


def test_what_is_written_can_be_read_and_removed(anchor: Anchor, home: Path) -> None:
    anchor.write(".claude/deep/settings.json", b"{}")
    anchor.write("top", b"x", 0o644)
    assert anchor.read(".claude/deep/settings.json") == b"{}"
    assert (home / ".claude/deep/settings.json").stat().st_mode & 0o777 == 0o600
    assert (home / "top").stat().st_mode & 0o777 == 0o644
    assert (home / ".claude").stat().st_mode & 0o777 == 0o700
    assert (home / ".claude/deep").stat().st_mode & 0o777 == 0o700
    assert [anchor.remove("top"), anchor.remove("top")] == [True, False]


def test_what_is_missing_is_none_and_makes_nothing(anchor: Anchor, home: Path) -> None:
    assert anchor.read("none") is None
    assert anchor.read("no/such/folder") is None
    assert anchor.remove("no/such/folder") is False
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "relative",
    [
        *("", "/", "/etc/passwd", "..", "../outside/precious", "a/../../outside/precious"),
        *("a//b", "a/", "./a", "a/.", "a\0b", "a/.."),
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(relative: str, anchor: Anchor) -> None:
    for attempt in (anchor.read, anchor.remove, lambda path: anchor.write(path, b"x")):
        with pytest.raises(RingletError) as caught:
            attempt(relative)
        assert caught.value.code is ErrorCode.INVALID_REQUEST
        assert repr(relative) in caught.value.message


@pytest.mark.parametrize("target", ["../outside", "{outside}", "link"])
@pytest.mark.parametrize("depth", ["link", "a/link"])
def test_a_linked_folder_is_not_followed(
    target: str, depth: str, anchor: Anchor, home: Path
) -> None:
    outside = home.parent / "outside"
    (home / "a").mkdir()
    (home / depth).symlink_to(target.format(outside=outside))
    relative = f"{depth}/precious"
    for attempt in (anchor.read, anchor.remove, lambda path: anchor.write(path, b"x")):
        with pytest.raises(RingletError, match="link") as caught:
            attempt(relative)
        assert relative in caught.value.message
        assert caught.value.code is ErrorCode.STORAGE_ERROR
    assert (outside / "precious").read_text() == "precious"
    assert os.listdir(outside) == ["precious"]


@pytest.mark.parametrize("target", ["../outside/precious", "inner", "dangling"])
def test_a_linked_file_is_not_followed(target: str, anchor: Anchor, home: Path) -> None:
    (home / "inner").write_text("inner")
    (home / "link").symlink_to(target)
    for attempt in (anchor.read, anchor.remove, lambda path: anchor.write(path, b"x")):
        with pytest.raises(RingletError, match=r"Cannot .* link: .* is a link or a special file"):
            attempt("link")
    assert (home.parent / "outside" / "precious").read_text() == "precious"
    assert not (home / "dangling").exists()


def test_special_files_are_refused_without_waiting(anchor: Anchor, home: Path) -> None:
    os.mkfifo(home / "fifo")
    (home / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        listener.bind("socket")
        for name in ("fifo", "folder", "socket"):
            for attempt in (anchor.read, anchor.remove, lambda path: anchor.write(path, b"x")):
                with pytest.raises(RingletError, match=name):
                    attempt(name)
    assert sorted(os.listdir(home)) == ["fifo", "folder", "socket"]


def test_a_file_in_place_of_a_folder_is_refused(anchor: Anchor, home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(RingletError, match="file/x"):
        anchor.write("file/x", b"x")


def test_sizes_are_bounded_both_ways(anchor: Anchor, home: Path) -> None:
    (home / "large").write_bytes(b"x" * 1001)
    with pytest.raises(RingletError, match="large: more than 1000 bytes"):
        anchor.read("large")
    with pytest.raises(RingletError, match="more than 1000 bytes"):
        anchor.write("new", b"x" * 1001)
    assert not (home / "new").exists()


def test_a_hard_link_is_parted_from_its_other_name(anchor: Anchor, home: Path) -> None:
    precious = home.parent / "outside" / "precious"
    (home / "hard").hardlink_to(precious)
    anchor.write("hard", b"x")
    assert precious.read_text() == "precious"


def test_the_anchor_stays_with_its_folder(anchor: Anchor, home: Path) -> None:
    home.rename(home.with_name("moved"))
    home.symlink_to(home.parent / "outside")
    anchor.write("precious", b"x")
    assert (home.parent / "outside" / "precious").read_text() == "precious"
    assert (home.parent / "moved" / "precious").read_bytes() == b"x"


def test_a_linked_or_missing_folder_is_no_anchor(home: Path) -> None:
    (home.parent / "link").symlink_to(home)
    for name in ("link", "none"):
        with pytest.raises(RingletError, match=name):
            Anchor(home.parent / name)


def test_a_folder_exchanged_all_the_time_never_leads_outside(anchor: Anchor, home: Path) -> None:
    """An agent swaps a folder for a link while we write into it."""
    outside = home.parent / "outside"
    (home / "real").mkdir()
    (home / "link").symlink_to(outside)
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for source in ("real", "link"):
                try:
                    os.rename(home / source, home / "spot")
                    os.rename(home / "spot", home / source)
                except OSError:
                    continue

    agent = threading.Thread(target=swap)
    agent.start()
    try:
        for _ in range(300):
            try:
                anchor.write("spot/precious", b"x")
            except RingletError:
                continue
    finally:
        done.set()
        agent.join()
    assert (outside / "precious").read_text() == "precious"
    assert os.listdir(outside) == ["precious"]
