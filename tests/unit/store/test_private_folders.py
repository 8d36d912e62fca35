"""Folders that the client makes before there is a daemon."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ringlet.store.instance import prepare_folder


def test_no_folder_on_the_way_is_open_to_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        prepare_folder(str(tmp_path / "home" / ".config" / "ringlet"))
    finally:
        os.umask(before)
    for folder in ("home", "home/.config", "home/.config/ringlet"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
