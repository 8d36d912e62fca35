"""Make the places that the daemon writes to what they should be."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from ringlet.store.files import ensure_private_dir, set_aside
from ringlet.store.paths import Paths

_LOOK: Final = stat.S_IRUSR | stat.S_IXUSR


def prepare(paths: Paths) -> list[str]:
    """Make missing folders, and set aside what is no folder or no file where one should be.

    Returns what was wrong, each a sentence; raises STORAGE_ERROR where it cannot be mended.
    """
    problems = []
    for folder in (
        paths.config, paths.agents, paths.providers, paths.scripts, paths.profiles, paths.runs,
        paths.cache, paths.sessions.parent, paths.logs,
    ):  # fmt: skip
        problems += _prepare_folder(folder, paths.quarantine)
    log = paths.logs / "ringletd.log"
    if log.is_symlink():  # it could lead anywhere
        problems.append(_set_aside(log, "is a link", paths.quarantine))
    for file in (log, log.with_name("daemon.log"), paths.pid, paths.http_endpoint, paths.token):
        mode = _mode(file)
        if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
            problems.append(_set_aside(file, "is not a file", paths.quarantine))
    return problems


def _prepare_folder(folder: Path, quarantine: Path) -> list[str]:
    problems = []
    mode = _mode(folder)
    if mode is not None and not stat.S_ISDIR(mode) and not folder.is_dir():
        problems.append(_set_aside(folder, "is not a folder", quarantine))
    elif mode is not None and stat.S_ISDIR(mode) and mode & _LOOK != _LOOK:
        folder.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
        problems.append(f"{folder} could not be read; now you, its owner, may")
    ensure_private_dir(folder)
    return problems


def _set_aside(path: Path, why: str, quarantine: Path) -> str:
    return f"{path} {why}; set aside as {set_aside(path, quarantine)}"


def _mode(path: Path) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None
