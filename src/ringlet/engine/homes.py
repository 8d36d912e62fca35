"""The folders that profiles live in."""

from __future__ import annotations

import shutil
from pathlib import Path


def remove_home(home: Path) -> None:
    """Remove a home and all that is in it; a link is not followed."""
    if home.is_dir() and not home.is_symlink():
        shutil.rmtree(home)


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of homes if this was the last one."""
    try:
        folder.rmdir()
    except OSError:
        pass  # other profiles live there
