"""What is made has the modes that it shall have, whatever umask the user works with."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from tests.e2e.world import World, wait_for

_PUBLIC = (".local", ".local/bin", ".local/bin/work")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("umask", ["000", "777", "200"])
def test_modes_do_not_depend_on_the_umask(world: World, umask: str) -> None:
    world.home.chmod(0o700)
    made_before = set(world.root.rglob("*"))
    world.prefix = ("sh", "-c", f'umask {umask}; exec "$@"', "sh")
    world.run("profiles", "create", "demo", "work")
    world.run("profiles", "set", "work", "env", "A_TOKEN", environ={"A_TOKEN": "hush"})
    world.run("config", "set", "daemon.log_level", "debug")
    world.run("budget", "set", "work", "--daily", "1")
    world.run("usage", "import", check=False)
    world.run("doctor", check=False)
    # Programs of the user make theirs as the user wants it.
    assert world.run("profiles", "exec", "work", "--", "sh", "-c", "umask").stdout == f"0{umask}\n"
    world.run("ui")
    wait_for(lambda: (world.config / "http_token").exists(), "a token")
    places = [*world.root.rglob("*"), *world.runtime.rglob("*")]
    for path in places:
        name = os.path.relpath(path, world.home)
        if path in made_before or path.is_symlink():
            continue
        if name in _PUBLIC:
            assert mode(path) == 0o755, path
        elif path.is_dir():
            assert mode(path) == 0o700, path
        else:
            assert mode(path) in (0o600, 0o700), path
            assert path.suffix == "" or mode(path) == 0o600, path
    assert {os.path.relpath(path, world.home) for path in places} >= {
        *_PUBLIC, ".config/ringlet/telemetry/usage.db", ".config/ringlet/profiles/work.json",
    }  # fmt: skip
    assert sys.platform != "linux" or any(stat.S_ISSOCK(p.lstat().st_mode) for p in places)
