"""A short fuzz of command lines, environments and requests, by the tool that has a long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.components import needs

_TOOL = Path(__file__).resolve().parents[2] / "tools" / "fuzz-commands"
_SEED, _TRIALS = "20261129", "18"


@needs("bwrap")
@needs("prlimit")
@needs("faketime")
def test_nothing_that_is_typed_asked_or_found_breaks_anything() -> None:
    """In a process of its own: it adopts every orphan, to see what is left behind."""
    done = subprocess.run(
        [sys.executable, str(_TOOL), "--seed", _SEED, "--trials", _TRIALS],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{_TRIALS} trials with seed {_SEED}, 0 failed" in done.stdout
