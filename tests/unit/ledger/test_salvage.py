"""What is damaged is salvaged as far as can be, and what comes back is true."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import pytest
from tests.components import needs
from tests.corpus import write_corpus
from tests.unit.ledger.test_opening import below_strace
from tests.unit.usage.world import Follower

from ringlet.domain.errors import RingletError
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.opening import mend, open_ledger
from ringlet.store.ledger.positions import Home, Position
from ringlet.store.ledger.repair import Salvaged
from ringlet.store.ledger.runs import Run
from ringlet.store.ledger.texts import LOST
from ringlet.store.ledger.verdict import inspect
from ringlet.store.quarantine import Quarantine

_ROOT: Final = Path(__file__).resolve().parents[3]
_PAGE: Final = 4096
_MEND: Final = """
import sys
from pathlib import Path
from ringlet.store.ledger.opening import open_ledger
from ringlet.store.quarantine import Quarantine
open_ledger(Path(sys.argv[1]), Quarantine(Path(sys.argv[2]))).close()
"""


class Template:
    """A home with transcripts, and the ledger of it; `rows` is what that holds."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.path = folder / "usage.db"
        write_corpus(self.home, size=6_000_000, talk=0.02)
        follower = Follower(self.home, self.path)
        follower.refresh()
        follower.ledger.add_home(Home("/other", "claude", "work"))
        follower.ledger.note_runs([_run(number) for number in range(300)], [])
        # Sums tell nothing of what was counted before, so where they were read to must stay.
        droid = Position(f"{self.home}/.factory/sessions/p/s.settings.json", 1, 2, 3, 4, state=b"5")
        follower.ledger.ingest([], [droid], follower._price)
        self.rows = follower.rows()
        self.machine = follower.ledger.machine
        self.pages: dict[str, list[int]] = {}
        follower.ledger.close()
        with closing(sqlite3.connect(self.path)) as raw:
            for name, page in raw.execute("SELECT name, pageno FROM dbstat"):
                self.pages.setdefault(name, []).append(page)

    def copy(self, folder: Path) -> Path:
        """The ledger, for a test to damage."""
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(self.path, folder / "usage.db"))


def _run(number: int) -> Run:
    name = f"{number * 7919:032x}"
    return Run(name, "work", "claude", "anthropic", "sonnet", "/code", number, number + 1, 0.5)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / "quarantine")


def overwrite(path: Path, pages: list[int], seed: int = 1) -> None:
    """Put noise in the place of pages, which are counted from one."""
    chance = random.Random(seed)  # noqa: S311 - the same noise each time
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * _PAGE)
            file.write(chance.randbytes(_PAGE))


def some_pages(template: Template, seed: int) -> list[int]:
    """Pages of anything but the first one."""
    every = [page for pages in template.pages.values() for page in pages if page > 1]
    return random.Random(seed).sample(every, k=min(6, len(every)))  # noqa: S311 - the same ones


def compare(path: Path, template: Template) -> tuple[int, Salvaged]:
    """That all that came back is right, and after a new reading all is there; what was said."""
    with closing(Ledger(path)) as ledger:
        assert inspect(path) == ""
        rows = {row.key: row.tokens for block in ledger.records() for row in block}
        assert {key: template.rows[key] for key in rows} == rows
        said = msgspec.json.decode(ledger.salvaged, type=Salvaged)
        assert said.rows == len(rows)
        if ledger.wants_rereading:
            ledger.reread(lambda name: name.endswith(".settings.json"))
    follower = Follower(template.home, path)
    follower.refresh()
    with closing(follower.ledger):
        assert follower.rows() == template.rows
        assert follower.calls() == len(template.rows)
        names = {
            text
            for block in follower.ledger.records()
            for row in block
            for text in (row.session, row.model, row.profile, row.project, row.source, row.agent)
        }
        assert not [text for text in names if text.startswith(LOST)]
    return len(rows), said


@pytest.mark.parametrize("seed", range(4))
def test_whatever_page_is_damaged_nothing_false_comes_back(
    seed: int, template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, some_pages(template, seed))
    fault = inspect(path)
    assert fault
    mend(path, quarantine, fault)
    compare(path, template)


def test_it_is_told_how_many_rows_of_a_damaged_page_are_lost(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, template.pages["call"][-1:])
    mend(path, quarantine, inspect(path))
    came, said = compare(path, template)
    assert 0 < len(template.rows) - came == said.lost < 200
    assert str(said.lost) in said.tell()


@pytest.mark.parametrize("table", ["word", "cell"])
def test_names_come_back_from_their_index(
    table: str, template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, template.pages[table])
    mend(path, quarantine, inspect(path))
    came, said = compare(path, template)
    assert (came, said.unnamed) == (len(template.rows), 0)


def test_rows_without_names_keep_their_numbers_and_get_their_names_from_transcripts(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, template.pages["cell"] + template.pages["sqlite_autoindex_cell_1"])
    mend(path, quarantine, inspect(path))
    came, said = compare(path, template)
    assert came == said.unnamed == len(template.rows)


def test_a_file_without_its_first_page_comes_back_whole(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, [1])
    open_ledger(path, quarantine).close()
    assert compare(path, template)[0] == len(template.rows)


def test_a_file_that_was_cut_off_gives_back_what_is_left(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    os.truncate(path, path.stat().st_size * 2 // 3)
    open_ledger(path, quarantine).close()
    assert compare(path, template)[0] > 0


def test_what_is_no_answer_comes_back_too(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, template.pages["call"][-1:])
    mend(path, quarantine, inspect(path))
    with closing(Ledger(path)) as ledger:
        assert ledger.machine == template.machine
        assert ledger.homes() == [Home("/other", "claude", "work")]
        assert ledger.run(_run(299).id) == _run(299)
        ledger.reread(lambda name: name.endswith(".settings.json"))
        (kept,) = ledger.files()
        assert kept.state == b"5"


def test_the_damaged_file_and_its_log_are_kept_under_names_that_belong_together(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, template.pages["call"][-1:])
    before = path.read_bytes()
    Path(f"{path}-wal").write_bytes(b"a log that is none")
    said = mend(path, quarantine, inspect(path))
    kept = Path(said.kept)
    assert kept.read_bytes() == before
    assert Path(f"{kept}-wal").read_bytes() == b"a log that is none"
    with closing(sqlite3.connect(f"{kept.as_uri()}?mode=ro", uri=True)) as raw:
        assert raw.execute("SELECT count(*) FROM word").fetchone()[0] > 0
    assert [name for name in os.listdir(path.parent)] == ["usage.db"]


@needs("strace")
@pytest.mark.parametrize(
    ("calls", "when"),
    [("rename", 1), ("rename", 2), ("rename", 3), ("rename", 4), ("fsync", 1), ("unlink", 4)],
)
def test_a_repair_that_is_killed_is_carried_out_by_the_next_one(
    calls: str, when: int, template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, [1])
    strace = (*below_strace(path, calls, when)[:5], "-e", below_strace(path, calls, when)[-1])
    done = subprocess.run(
        [*strace, sys.executable, "-c", _MEND, str(path), str(quarantine.folder)],
        cwd=_ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    open_ledger(path, quarantine).close()
    assert compare(path, template)[0] == len(template.rows), (done.returncode, done.stderr)
    assert not [name for name in os.listdir(path.parent) if name.startswith(".")]
    assert len([name for name in os.listdir(quarantine.folder) if name.endswith("Z")]) == 1


@needs("bwrap")
def test_on_a_full_disk_the_damaged_ledger_stays_and_is_mended_later(
    template: Template, tmp_path: Path
) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    path = template.copy(tmp_path / "damaged")
    overwrite(path, template.pages["call"][-1:])
    script = f"""
import os, shutil, sys
from pathlib import Path
from ringlet.domain.errors import RingletError
from ringlet.store.ledger.opening import mend, open_ledger
from ringlet.store.ledger.verdict import inspect
from ringlet.store.quarantine import Quarantine
folder = Path({str(folder)!r})
path = Path(shutil.copy({str(path)!r}, folder))
before = path.read_bytes()
quarantine = Quarantine(folder / "quarantine")
ballast = folder / "ballast"
free = os.statvfs(folder)
ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - {_PAGE * 20}))
try:
    mend(path, quarantine, inspect(path))
except RingletError as error:
    print(error.message, "|", error.hint)
assert path.read_bytes() == before
assert not [name for name in os.listdir(folder) if name.startswith(".")], os.listdir(folder)
ballast.unlink()
mend(path, quarantine, inspect(path))
ledger = open_ledger(path, quarantine)
print(ledger.count())
"""
    done = subprocess.run(
        [
            *("bwrap", "--bind", "/", "/", "--dev", "/dev", "--unshare-user"),
            *("--size", str(4 << 20), "--tmpfs", str(folder), sys.executable, "-c", script),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, rows = done.stdout.splitlines()
    assert "full" in said
    assert "Free some space" in said
    assert len(template.rows) - 200 < int(rows) < len(template.rows)


def test_a_repair_that_nobody_waits_for_leaves_all_as_it_was(
    template: Template, tmp_path: Path, quarantine: Quarantine
) -> None:
    path = template.copy(tmp_path / "telemetry")
    overwrite(path, template.pages["call"][-1:])
    before = path.read_bytes()
    with pytest.raises(RingletError, match="interrupted"):
        mend(path, quarantine, "damaged", is_over=lambda: True)
    assert path.read_bytes() == before
    assert not [name for name in os.listdir(path.parent) if name.startswith(".")]
