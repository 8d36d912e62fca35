"""Runs a script beside a real gnome-keyring on a private D-Bus session."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_UNLOCKED = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
_LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1 </dev/null"


@dataclass(frozen=True, slots=True)
class KeyringSession:
    """`home` keeps the keyrings between runs."""

    home: Path

    def run(self, script: Path, *arguments: str, locked: bool = False) -> Any:
        """What the script printed, as JSON. It gets the environment of the session."""
        prepare = _LOCKED if locked else _UNLOCKED
        command = f'{prepare}; exec "$0" "$@"'
        done = subprocess.run(
            ["dbus-run-session", "--", "bash", "-c", command, sys.executable, script, *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "XDG_RUNTIME_DIR": str(self.home),
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def keyring_session() -> Iterator[KeyringSession]:
    """A session in a home of its own; skips without the programs, except in CI."""
    missing = [
        name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)
    ]
    if missing:
        reason = f"needs {' and '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # Not in tmp_path: the path of the keyring's control socket must stay below 108 bytes.
    with tempfile.TemporaryDirectory(prefix="rl-", ignore_cleanup_errors=True) as home:
        yield KeyringSession(Path(home))
