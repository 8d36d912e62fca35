"""Folders that the client makes before there is a daemon."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ringlet.store.instance import InstanceError, prepare_folder


def test_no_folder_on_the_way_is_open_to_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        prepare_folder(str(tmp_path / "home" / ".config" / "ringlet"))
    finally:
        os.umask(before)
    for folder in ("home", "home/.config", "home/.config/ringlet"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700


def test_a_folder_of_other_things_is_not_closed_to_those_who_use_them(tmp_path: Path) -> None:
    shared, copied = tmp_path / "shared", tmp_path / "copied"
    for folder, content in ((shared, "passwd"), (copied, "config.toml")):
        folder.mkdir(mode=0o755)
        (folder / content).touch()
        folder.chmod(0o755)
    with pytest.raises(InstanceError, match="holds other things"):
        prepare_folder(str(shared))
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    prepare_folder(str(copied))
    assert stat.S_IMODE(copied.stat().st_mode) == 0o700
