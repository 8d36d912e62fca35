"""Every test lives in a home of its own and never sees the real one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# No example has to be quick: machines are busy. In CI a property test tries the same examples each
# time, so that a change fails for what it changed.
settings.register_profile("ringlet", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("ringlet")
# What the caller ignores (nohup: SIGHUP), programs ignore as well, and tests send them signals.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)
_KEPT = ("PATH", "LANG", "LC_ALL", "TERM", "CI", "PYTHONDONTWRITEBYTECODE", "RINGLET_TEST_AGENTS")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh HOME; of the environment only what tests need is left."""
    for name in list(os.environ):
        if name not in _KEPT:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "tester")
    yield home


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, by `record_property("count", text)`: how large a table is, say."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "count":
                terminalreporter.write_line(str(value))
