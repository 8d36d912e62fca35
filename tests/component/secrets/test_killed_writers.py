"""kill -9 at any moment leaves the old or the new state, never a mixture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_rounds.py")


@pytest.mark.parametrize("what", ["secrets", "file", "log"])
def test_a_killed_writer_leaves_the_old_or_the_new_state(what: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, what, tmp_path], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rounds"] == 20
    assert report["leftovers"] == []
