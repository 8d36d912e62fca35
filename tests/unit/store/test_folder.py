"""Looking through folders in which others write, too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringlet.store.folder import Folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one file that may be read, and things in its way that may not."""
    (tmp_path / "below/deep").mkdir(parents=True)
    (tmp_path / "below/deep/log").write_text("text")
    (tmp_path / "elsewhere").write_text("secret")
    (tmp_path / "below/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "below/around").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "below/pipe")
    return tmp_path


def test_only_regular_files_are_found(place: Path) -> None:
    with Folder(place) as folder:
        (found,) = folder.files("below")
        assert (found.path, found.size) == ("below/deep/log", 4)
        assert folder.stat("below/deep/log") == found


@pytest.mark.parametrize("path", ["below/link", "below/around/elsewhere", "below/pipe", "nowhere"])
def test_what_is_no_regular_file_is_not_there(place: Path, path: str) -> None:
    with Folder(place) as folder:
        assert folder.stat(path) is None
        with pytest.raises(OSError):
            folder.open(path)


@pytest.mark.parametrize("path", ["below/deep/log", "below/link", "below/pipe", "nowhere"])
def test_expecting_a_file_does_no_harm_and_leaves_nothing_open(place: Path, path: str) -> None:
    with Folder(place) as folder:
        before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
        folder.expect(path)
        after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    assert after == before
