"""What becomes of a home when its profile goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ringlet.domain.errors import RingletError
from ringlet.engine.homes import MARK, remove_home

_NOBODY = 65534


@contextmanager
def powerless() -> Iterator[None]:
    """Without the power of root, which removes everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "profile" / "locked"
    folder.mkdir(parents=True)
    (folder / "file").touch()
    folder.chmod(0o500)
    yield folder
    if folder.exists():
        folder.chmod(0o700)


def test_what_cannot_be_removed_is_named(locked: Path) -> None:
    (locked.parent / MARK).touch()
    with powerless(), pytest.raises(RingletError, match="could not be removed wholly") as caught:
        remove_home(locked.parent)
    assert str(locked.parent) in caught.value.message
    assert locked.exists()
    assert (locked.parent / MARK).exists()  # so that it can be gone on with
    assert "Removed" in remove_home(locked.parent)


def test_a_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert "is a link" in remove_home(tmp_path / "link")
    assert (tmp_path / "real").exists()
