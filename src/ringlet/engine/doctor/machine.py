"""What Ringlet needs of the machine."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ringlet import __version__
from ringlet.domain.errors import RingletError
from ringlet.engine.doctor.findings import Finding
from ringlet.runtime.unattended import run_program

_AREA: Final = "machine"
_LITTLE_SPACE: Final = 200 << 20
_SECONDS: Final = 10.0


class Machine:
    """Programs, disk space, and the sandbox."""

    def __init__(self, *, folders: list[Path]) -> None:
        self._folders = folders

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Looks at programs on PATH and starts one of them."""
        path = environ.get("PATH") or os.defpath
        python = f"Ringlet {__version__} on Python {platform.python_version()}"
        return [
            Finding(_AREA, "ok", python),
            _program(path, "npm", "agents cannot be installed", "Install Node.js 20 or newer."),
            _program(path, "git", "agents see no repositories", "Install git."),
            await _sandbox(path),
            *(_space(folder) for folder in self._folders if folder.exists()),
        ]


class Http:
    """Whether the daemon answers by HTTP where it should; everything else works without."""

    def __init__(self, *, problems: Callable[[], list[str]]) -> None:
        self._problems = problems

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Looks at what the daemon noted when it came up."""
        hint = "See daemon.http and daemon.http_port in: ringlet config list"
        return [Finding(_AREA, "warning", problem, hint) for problem in self._problems()]


def _program(path: str, name: str, without: str, hint: str) -> Finding:
    found = shutil.which(name, path=path)
    if found is None:
        return Finding(_AREA, "warning", f"{name} is not on your PATH: {without}", hint)
    return Finding(_AREA, "ok", f"{name} is at {found}")


async def _sandbox(path: str) -> Finding:
    """Being there does not mean that the system lets it make namespaces."""
    program = shutil.which("bwrap", path=path)
    if program is None:
        what = "bwrap is missing: agents that make sandboxes of their own with it cannot"
        hint = "Install bubblewrap, on Debian with: apt-get install bubblewrap"
        return Finding(_AREA, "warning", what, hint)
    argv = [program, "--unshare-user", "--ro-bind", "/", "/", "true"]
    try:
        done = await run_program(argv, environ={"PATH": path}, cwd="/", seconds=_SECONDS)
        said, works = done.output, done.code == 0
    except RingletError as error:
        said, works = error.message, False
    if works:
        return Finding(_AREA, "ok", f"{program} works, for agents that make sandboxes of their own")
    return Finding(
        _AREA,
        "warning",
        f"bwrap cannot make a sandbox: {said}",
        "Allow user namespaces to it; on Ubuntu that takes an AppArmor profile for bwrap.",
    )


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_SPACE:
        hint = "Free some space: without it nothing can be recorded."
        return Finding(_AREA, "error", f"{folder} has only {free >> 20} MiB left", hint)
    return Finding(_AREA, "ok", f"{folder} has {free >> 30} GiB left")
