"""Programs that tests run beside Ringlet, and what happens where one is missing."""

from __future__ import annotations

import os
import shutil

import pytest

_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def find(program: str) -> str | None:
    """The program's path, those for administrators included."""
    return shutil.which(program) or shutil.which(program, path=_SBIN)


def need(condition: object, what: str) -> None:
    """Skip a test whose component is missing here; in CI that is a failure."""
    if not condition:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{what} is missing, and CI must have it")
        pytest.skip(f"{what} is missing")


def needs(program: str) -> pytest.MarkDecorator:
    """Mark a test that runs the program: without it the test is skipped, but in CI it fails."""
    missing = not find(program) and os.environ.get("CI") != "true"
    return pytest.mark.skipif(missing, reason=f"{program} is not installed")
