"""Noticing which files may have changed: real folders, the real inotify."""

from __future__ import annotations

import os
import random
import select
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringlet.engine.usage.noticing import Noticer
from ringlet.runtime import inotify, mounts
from ringlet.store.folder import Folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")
ROOT = ".agent/sessions"
Seen = dict[str, tuple[int, ...]]


class Reader:
    """Looks only where it must, and so knows how each file is."""

    def __init__(self, home: Path, noticer: Noticer) -> None:
        self.home = home
        self.noticer = noticer
        self.seen: Seen = {}
        self.complete = 0

    def look(self) -> None:
        news = ask(self.noticer, self.home)
        if news is None:
            self.seen = files(self.home)
            self.complete += 1
            return
        with Folder(self.home) as folder:
            for path in news:
                self.seen.pop(path, None)
                if (entry := folder.stat(path)) is not None:
                    self.seen[path] = entry[1:]


def ask(noticer: Noticer, home: Path) -> set[str] | None:
    noticer.watch([(home, ROOT)])
    return noticer.news(home, ROOT)


def files(home: Path) -> Seen:
    with Folder(home) as folder:
        return {entry.path: entry[1:] for entry in folder.files(ROOT)}


@pytest.fixture
def noticer() -> Iterator[Noticer]:
    woken: list[None] = []
    noticer = Noticer(lambda: woken.append(None))
    yield noticer
    noticer.close()


@pytest.fixture
def home(tmp_path: Path, noticer: Noticer) -> Path:
    if not mounts.is_local(str(tmp_path)):
        pytest.skip("temporary files are on a network, where nothing is noticed")
    return tmp_path


@pytest.mark.parametrize("seed", range(12))
def test_no_change_is_ever_missed(home: Path, noticer: Noticer, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time is the point
    reader = Reader(home, noticer)
    for step in range(400):
        _do_something(home, chance, step)
        if chance.random() < 0.4:
            reader.look()
            truth = files(home)
            assert {path: reader.seen.get(path) for path in truth} == truth, step
    assert reader.complete < 60


def _do_something(home: Path, chance: random.Random, step: int) -> None:
    """Make, write, replace, move or remove something, in the tree or on the way to it."""
    place = home / ROOT / "/".join(chance.choices(["a", "b", "c"], k=chance.randrange(3)))
    other = home / ROOT / chance.choice(["a", "b", "x"])
    what = chance.choices(
        ["write", "append", "replace", "move", "remove", "away", "back", "link"],
        [30, 30, 15, 5, 5, 1, 2, 2],
    )[0]
    if what == "away" and (home / ".agent").exists():
        os.rename(home / ".agent", home / f"before-{step}")
    elif what == "back" and not (home / ".agent").exists():
        earlier = sorted(home.glob("before-*"))
        if earlier:
            os.rename(earlier[-1], home / ".agent")
    elif what == "remove":
        shutil.rmtree(place, ignore_errors=True)
    elif what == "move" and place.exists() and not other.exists():
        if not other.is_relative_to(place) and other.parent.exists():
            os.rename(place, other)
    elif what == "link" and place.exists():
        (place / f"link{step}").symlink_to(home)
    elif what in ("write", "append", "replace"):
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{chance.randrange(4)}.jsonl"
        if what == "append":
            with path.open("a") as file:
                file.write(f"{step}\n")
        elif what == "replace":
            (place / "new").write_text(f"{step}\n" * 3)
            os.replace(place / "new", path)
        else:
            path.write_text(f"{step}\n")


def test_another_home_in_the_place_of_one_is_noticed(tmp_path: Path, noticer: Noticer) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    for each in (home, other):
        (each / ROOT).mkdir(parents=True)
    assert ask(noticer, home) is None
    assert ask(noticer, home) == set()
    home.rename(tmp_path / "earlier")
    other.rename(home)
    assert ask(noticer, home) is None


def test_another_home_below_another_folder_is_noticed(tmp_path: Path, noticer: Noticer) -> None:
    """Nothing in a home tells that a folder above it was moved."""
    homes, home = tmp_path / "homes", tmp_path / "homes/one"
    (home / ROOT).mkdir(parents=True)
    noticer.watch([(home, ROOT)])
    assert ask(noticer, home) is None
    assert ask(noticer, home) == set()
    homes.rename(tmp_path / "earlier")
    (home / ROOT).mkdir(parents=True)
    assert ask(noticer, home) is None
    assert ask(noticer, home) == set()


def test_what_becomes_readable_is_news(home: Path, noticer: Noticer) -> None:
    (home / ROOT / "today").mkdir(parents=True)
    (home / ROOT / "today/one").touch(mode=0)
    ask(noticer, home)
    (home / ROOT / "today/one").chmod(0o600)
    assert ask(noticer, home) == {f"{ROOT}/today/one"}
    (home / ROOT / "today").chmod(0o700)
    assert ask(noticer, home) == {f"{ROOT}/today/one"}
    home.chmod(0o755)
    assert ask(noticer, home) is None


def test_what_happens_elsewhere_costs_nothing(home: Path, noticer: Noticer) -> None:
    (home / ROOT).mkdir(parents=True)
    ask(noticer, home)
    for number in range(50):
        (home / f"note{number}").touch()
        noticer.hear()
    assert not noticer._events
    for number in range(50):
        (home / ROOT / f"{number}").mkdir()
        ask(noticer, home)
        (home / ROOT / f"{number}").rmdir()
    ask(noticer, home)
    assert noticer._trees[home, ROOT].watches == set(noticer._uses)


def test_a_disk_that_is_taken_away_is_noticed(
    home: Path, noticer: Noticer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ROOT).mkdir(parents=True)
    ask(noticer, home)
    assert ask(noticer, home) == set()
    (watch,) = (number for number, uses in noticer._uses.items() if not uses[0].matters)
    events = [inotify.Event(watch, mask, "") for mask in (inotify.UNMOUNT, inotify.IGNORED)]
    monkeypatch.setattr(noticer._inotify, "read", lambda: events)
    assert ask(noticer, home) is None


def test_where_nothing_happened_there_is_nothing_to_look_at(home: Path, noticer: Noticer) -> None:
    (home / ROOT).mkdir(parents=True)
    assert ask(noticer, home) is None
    assert ask(noticer, home) == set()
    (home / ROOT / "one").write_text("1")
    (home / ROOT / "two").write_text("2")
    assert ask(noticer, home) == {f"{ROOT}/one", f"{ROOT}/two"}
    assert ask(noticer, home) == set()


def test_what_is_not_watched_may_have_changed(home: Path, noticer: Noticer) -> None:
    assert noticer.news(home, "other") is None
    assert noticer.news(home / "nowhere", ROOT) is None
    noticer.watch([])
    assert noticer.news(home, ROOT) is None
    assert noticer.news(home, ROOT) is None


def test_lost_events_are_no_lost_changes(
    home: Path, noticer: Noticer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ROOT).mkdir(parents=True)
    ask(noticer, home)
    lost = [inotify.Event(-1, inotify.OVERFLOW, "")]
    monkeypatch.setattr(noticer._inotify, "read", lambda: lost)
    assert ask(noticer, home) is None


def test_without_watches_left_everything_is_looked_at(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (home / ROOT / str(number)).mkdir(parents=True)
    monkeypatch.setattr(inotify, "most_watches", lambda: 20)
    noticer = Noticer(lambda: None)
    for number in range(3):
        (home / ROOT / "0" / "file").write_text(str(number))
        assert ask(noticer, home) is None
    noticer.close()


def test_on_other_machines_disks_everything_is_looked_at(
    home: Path, noticer: Noticer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ROOT).mkdir(parents=True)
    monkeypatch.setattr("ringlet.engine.usage.noticing.is_local", lambda folder: False)
    assert ask(noticer, home) is None
    assert ask(noticer, home) is None


def test_it_wakes_for_what_is_written_there_and_for_nothing_else(tmp_path: Path) -> None:
    woken: list[None] = []
    noticer = Noticer(lambda: woken.append(None))
    ask(noticer, tmp_path)

    (tmp_path / "project").mkdir()
    (tmp_path / "notes").write_text("of somebody else")
    assert _hear(noticer) and not woken

    for path in (".agent", ROOT, f"{ROOT}/today"):
        (tmp_path / path).mkdir()
        assert _hear(noticer) and woken, path
        woken.clear()
        ask(noticer, tmp_path)
    (tmp_path / ROOT / "today/a.jsonl").write_text("{}\n")
    assert _hear(noticer) and woken
    noticer.close()


def _hear(noticer: Noticer) -> bool:
    """Whether there is something to be heard."""
    ready, _, _ = select.select([noticer.fd], [], [], 0)
    noticer.hear()
    return bool(ready)


def test_file_systems_of_this_machine_and_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "40 25 0:40 / /home rw,relatime shared:7 master:2 - nfs4 server:/home rw\n"
        "41 40 0:41 / /home/my\\040own rw - btrfs /dev/sdb rw\n"
        "42 25 0:42 / /code rw - ext4 /dev/sdc rw\n"
        "43 25 0:43 / /code rw - fuse.sshfs other:/ rw\n"
    )
    monkeypatch.setattr(mounts, "_MOUNTS", str(table))
    found = {path: mounts.is_local(path) for path in (
        "/", "/homework", "/home", "/home/me", "/home/my own/x", "/code/x",
    )}  # fmt: skip
    assert found == {
        "/": True, "/homework": True, "/home": False, "/home/me": False, "/home/my own/x": True,
        "/code/x": False,
    }  # fmt: skip
    monkeypatch.setattr(mounts, "_MOUNTS", str(tmp_path / "none"))
    assert not mounts.is_local("/")
