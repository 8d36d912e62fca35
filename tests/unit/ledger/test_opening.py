"""Only SQLite's own verdict sets a ledger aside; all that passes leaves it where it is."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest
from tests.components import needs
from tests.unit.ledger.test_ledger import call, free

from ringlet.domain.errors import RingletError
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.opening import open_ledger
from ringlet.store.quarantine import Quarantine

_ROOT: Final = Path(__file__).resolve().parents[3]
_ROWS: Final = 3000
_FILL: Final = f"""
import sys
from pathlib import Path
from tests.unit.ledger.test_ledger import call, free
from ringlet.store.ledger.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for first in range(0, {_ROWS}, 500):
    ledger.ingest([call(f"m{{n}}") for n in range(first, first + 500)], [], free)
print("filled", flush=True)
if "kill" in sys.argv:
    import os
    os.kill(os.getpid(), 9)
ledger.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "telemetry").mkdir()
    return tmp_path / "telemetry" / "usage.db"


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / "quarantine")


def fill(path: Path, *words: str, below: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Have another process fill the ledger, and end or be killed."""
    return subprocess.run(
        [*below, sys.executable, "-c", _FILL, str(path), *words],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def count(path: Path, quarantine: Quarantine) -> int:
    with closing(open_ledger(path, quarantine)) as ledger:
        return ledger.count()


def below_strace(path: Path, calls: str, when: int) -> tuple[str, ...]:
    """What kills a process at the N-th of these calls that concerns the file."""
    inject = f"inject={calls}:signal=KILL:when={when}"
    return ("strace", "-f", "-qq", "-o", os.devnull, "-P", str(path), "-e", inject)


@needs("strace")
@pytest.mark.parametrize("when", [1, 2, 3, 20])
def test_a_kill_within_a_checkpoint_sets_nothing_aside(
    when: int, path: Path, quarantine: Quarantine
) -> None:
    done = fill(path, below=below_strace(path, "pwrite64", 4 + when))
    assert done.returncode == -9, done.stderr
    with closing(sqlite3.connect(path)) as raw:
        written = raw.execute("SELECT count(*) FROM call").fetchone()[0]
        shutil.rmtree(quarantine.folder, ignore_errors=True)
    assert count(path, quarantine) == written
    assert not quarantine.folder.exists()


@needs("strace")
def test_a_header_that_promises_more_pages_than_the_file_has_is_whole_with_its_log(
    path: Path, quarantine: Quarantine
) -> None:
    filled = path.with_name("filled.db")
    assert fill(filled, "kill").returncode == -9
    # Its log holds all pages; of the file only the first has been written by a checkpoint.
    shutil.copy(f"{filled}-wal", f"{path}-wal")
    with closing(sqlite3.connect(filled)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(filled.read_bytes()[:4096])
    assert count(path, quarantine) == _ROWS
    assert not quarantine.folder.exists()


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    try:
        while True:
            held.append(os.dup(0))
    except OSError:
        pass
    try:
        yield
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_a_free_descriptor_it_waits_for_one(path: Path, quarantine: Quarantine) -> None:
    fill(path)
    with no_more_descriptors(), pytest.raises(RingletError, match="Cannot"):
        open_ledger(path, quarantine)
    assert not quarantine.folder.exists()
    assert count(path, quarantine) == _ROWS


def test_a_busy_ledger_stays(path: Path, quarantine: Quarantine) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RingletError, match="locked") as caught:
            open_ledger(path, quarantine)
        assert "Another program has it open" in caught.value.hint
    assert not quarantine.folder.exists()
    assert count(path, quarantine) == _ROWS


def test_what_is_no_database_is_set_aside_and_a_new_ledger_begun(
    path: Path, quarantine: Quarantine
) -> None:
    damaged = b"this is no database, although it stands in the place of one " * 50
    path.write_bytes(damaged)
    with closing(open_ledger(path, quarantine)) as ledger:
        assert ledger.count() == 0
        (kept,) = quarantine.folder.iterdir()
        assert kept.read_bytes() == damaged
        assert str(kept) in ledger.salvaged


def test_an_empty_file_becomes_a_ledger(path: Path, quarantine: Quarantine) -> None:
    path.touch()
    assert count(path, quarantine) == 0
    assert not quarantine.folder.exists()


@pytest.mark.parametrize("loss", [os.unlink, lambda path: os.truncate(path, 0)])
def test_what_a_log_holds_is_salvaged_though_its_file_is_gone(
    loss: Callable[[Path], None], path: Path, quarantine: Quarantine
) -> None:
    fill(path, "kill")
    loss(path)
    assert count(path, quarantine) == _ROWS


def test_a_log_of_another_ledger_does_not_spoil_a_whole_one(
    path: Path, quarantine: Quarantine
) -> None:
    other = path.with_name("other.db")
    fill(path)
    with closing(Ledger(other)) as ledger:
        ledger.ingest([call(f"other{number}") for number in range(100)], [], free)
        shutil.copy(f"{other}-wal", f"{path}-wal")
    assert count(path, quarantine) == _ROWS
    assert any("belongs to another ledger" in problem for problem in quarantine.problems)


def test_a_link_is_neither_followed_nor_set_aside(path: Path, quarantine: Quarantine) -> None:
    real = path.with_name("elsewhere.db")
    fill(real)
    path.symlink_to(real)
    with pytest.raises(RingletError, match="is a link"):
        open_ledger(path, quarantine)
    assert path.is_symlink()
    assert count(real, quarantine) == _ROWS


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_makes_way(
    make: Callable[[Path], None], path: Path, quarantine: Quarantine
) -> None:
    make(path)
    assert count(path, quarantine) == 0
    assert any("is no file" in problem for problem in quarantine.problems)


@pytest.mark.parametrize("version", [0, 3, 99])
def test_the_database_of_another_program_stays_as_it_is(
    version: int, path: Path, quarantine: Quarantine
) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE notes (text)")
        raw.execute(f"PRAGMA user_version = {version}")
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(RingletError, match="of another program"):
        open_ledger(path, quarantine)
    assert path.read_bytes() == before
    assert not quarantine.folder.exists()


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_ledger_of_a_later_version_stays_as_it_is(
    mode: str, path: Path, quarantine: Quarantine
) -> None:
    open_ledger(path, quarantine).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
        raw.execute(f"PRAGMA journal_mode = {mode}")
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(RingletError, match="version 99"):
        open_ledger(path, quarantine)
    assert path.read_bytes() == before
    assert not quarantine.folder.exists()


def test_reading_all_rows_keeps_the_locks_of_those_who_write(path: Path) -> None:
    with closing(Ledger(path)) as ledger:
        ledger.ingest([call()], [], free)
        before = _locks(path)
        assert before
        assert sum(len(block) for block in ledger.records()) == 1
        assert _locks(path) == before
        assert len(ledger.page(0, 1 << 60, "", 10)[0]) == 1
        assert _locks(path) == before


def _locks(path: Path) -> int:
    """How many locks this process holds on a database, by the system's own list."""
    inode = f":{path.stat().st_ino} "
    lines = Path("/proc/locks").read_text().splitlines()
    return sum(inode in line and f" {os.getpid()} " in line for line in lines)
