"""Watching the homes of agents: real folders, the real observer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringlet.engine.usage.watching import Watcher

PATIENCE = 20.0


@pytest.fixture
def woken() -> threading.Event:
    return threading.Event()


@pytest.fixture
def watcher(woken: threading.Event) -> Iterator[Watcher]:
    watcher = Watcher(woken.set)
    yield watcher
    watcher.close()


def test_a_file_that_is_written_below_a_watched_folder_wakes(
    tmp_path: Path, watcher: Watcher, woken: threading.Event
) -> None:
    (tmp_path / "sessions" / "today").mkdir(parents=True)
    watcher.watch([(tmp_path, Path("sessions"))])

    (tmp_path / "sessions" / "today" / "a.jsonl").write_text("{}\n")

    assert woken.wait(PATIENCE)


def test_a_folder_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, watcher: Watcher, woken: threading.Event
) -> None:
    roots = [(tmp_path, Path(".agent/data/sessions"))]
    watcher.watch(roots)

    for name in (".agent", ".agent/data", ".agent/data/sessions"):
        (tmp_path / name).mkdir()
        assert woken.wait(PATIENCE), name
        woken.clear()
        watcher.watch(roots)
    (tmp_path / ".agent/data/sessions/a.jsonl").write_text("{}\n")

    assert woken.wait(PATIENCE)


def test_folders_that_lead_nowhere_do_not_wake(
    tmp_path: Path, watcher: Watcher, woken: threading.Event
) -> None:
    watcher.watch([(tmp_path, Path(".agent/sessions"))])

    (tmp_path / "projects").mkdir()
    (tmp_path / ".agent-of-another").mkdir()
    (tmp_path / ".agent").mkdir()

    assert woken.wait(PATIENCE)  # the last one: the others have been heard of by now
    woken.clear()
    (tmp_path / "more").mkdir()
    assert not woken.wait(0.3)


@pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")  # of watchdog; harmless
def test_changing_what_is_watched_while_folders_appear_never_locks_up(
    tmp_path: Path, watcher: Watcher
) -> None:
    for name in ("one", "two/deep"):
        (tmp_path / name).mkdir(parents=True)
    stop = threading.Event()

    def appear() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            (tmp_path / "one" / str(number)).mkdir()
            (tmp_path / "two/deep" / str(number)).mkdir()
            time.sleep(0.001)  # let the observer come to each

    def change() -> None:
        for number in range(60):
            root = Path("one") if number % 2 else Path("two/deep/none/below")
            watcher.watch([(tmp_path, root), (tmp_path, Path("two/deep"))][: 1 + number % 2])

    changing = threading.Thread(target=change, daemon=True)
    threading.Thread(target=appear, daemon=True).start()
    changing.start()
    changing.join(PATIENCE)
    stop.set()

    assert not changing.is_alive()
