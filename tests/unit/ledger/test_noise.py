"""Damage of which SQLite sees only a part, or nothing: it ends, costs little, and stops nobody."""

from __future__ import annotations

import random
import shlex
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from tests.unit.ledger.test_ledger import EVER, call, free

from ringlet.domain.errors import RingletError
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.opening import mend, open_ledger
from ringlet.store.ledger.repair import Salvaged, salvaged_from
from ringlet.store.ledger.texts import LOST
from ringlet.store.ledger.verdict import companion, inspect, open_to_read
from ringlet.store.quarantine import Quarantine

_ROWS: Final = 600
_PAGE: Final = 4096
_FAR: Final = 0x1F_FFFF  # the highest number of three bytes in SQLite's way of writing them


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of many answers, each of a session of its own."""
    (tmp_path / "telemetry").mkdir()
    path = tmp_path / "telemetry" / "usage.db"
    with closing(Ledger(path)) as ledger:
        ledger.ingest([call(f"m{n}", session=f"s{n}") for n in range(_ROWS)], [], free)
    return path


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / "quarantine")


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def overwrite(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


def patient(pieces: int) -> Callable[[], bool]:
    """Whether a repair took more steps than it should."""
    left = iter(range(pieces))
    return lambda: next(left, None) is None


def renumber(path: Path, first: int, number: int) -> None:
    """Have the words begin at a number, of three bytes, and give one of them one far too high."""
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE word SET id = id + ? WHERE text LIKE 's%'", (first,))
    change(path, "VACUUM")
    with closing(sqlite3.connect(path)) as raw:
        (text,) = raw.execute("SELECT text FROM word WHERE id = ?", (number,)).fetchone()
    varint = bytes([0x80 | number >> 14, 0x80 | number >> 7 & 0x7F, number & 0x7F])
    cell = varint + bytes([3, 0, 13 + 2 * len(text)]) + text.encode()
    data = path.read_bytes()
    assert data.count(cell) == 1
    overwrite(path, data.index(cell), b"\xff\xff\x7f" + cell[3:])


def test_a_key_that_is_noise_leaves_out_none_of_those_behind_it(
    tmp_path: Path, quarantine: Quarantine
) -> None:
    path = tmp_path / "usage.db"
    count = 9000  # more than are copied in one piece
    with closing(Ledger(path)) as ledger:
        ledger.ingest([call(session=f"s{n:05}") for n in range(1)], [], free)
    with closing(sqlite3.connect(path)) as raw, raw:
        names = [(n, f"s{n}x") for n in range(20_000, 20_000 + count)]
        raw.executemany("INSERT INTO word VALUES (?, ?)", names)
    renumber(path, 0, 20_100)
    assert "out of order" in inspect(path)
    mend(path, quarantine, "out of order", is_over=patient(2000))
    with closing(sqlite3.connect(path)) as raw:
        kept = {number for (number,) in raw.execute("SELECT id FROM word WHERE id >= 20000")}
    assert len(kept & set(range(20_000, 20_000 + count))) >= count - 1
    assert _FAR not in kept


def test_a_row_whose_key_is_noise_and_that_cannot_be_read_does_not_stop_the_repair(
    path: Path, quarantine: Quarantine
) -> None:
    renumber(path, 20_000, 20_300)
    data = path.read_bytes()
    at = data.index(b"\xff\xff\x7f") - 1
    # So long that the rest of it would lie on another page, whose number is noise, too.
    overwrite(path, at - 1, b"\xc6\x00" + data[at + 1 : at + 4])
    fault = inspect(path)
    assert fault
    mend(path, quarantine, fault, is_over=patient(2000))
    with closing(Ledger(path)) as ledger:
        assert ledger.count() == _ROWS
        assert inspect(path) == ""


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM word WHERE id % 3 = 0",
        "DELETE FROM word",
        "UPDATE word SET text = CAST(x'ff00fe' || text AS TEXT) WHERE id % 2 = 0",
        "DELETE FROM cell WHERE id % 2 = 0",
    ],
)
def test_names_that_are_gone_or_noise_keep_nobody_from_the_rest(path: Path, statement: str) -> None:
    change(path, statement)
    with closing(Ledger(path)) as ledger:
        for name in ("model", "session", "project"):
            ledger.sums(EVER, (name,), {})
        rows = [row for block in ledger.records() for row in block]
        assert rows
        assert ledger.page(0, 1 << 60, "", 2 * _ROWS)[0] == rows
        assert ledger.ingest([call("m1", session="s1"), call("new")], [], free)
        assert ledger.reprice(free) is not None
        if "word" in statement:
            assert len(rows) == _ROWS
            assert any(row.session.startswith(LOST) for row in rows)
            assert len({row.session for row in rows}) == _ROWS


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta",
        "UPDATE meta SET value = x'00ff'",
        "DELETE FROM meta WHERE name = 'sequence'",
        "UPDATE meta SET value = 'x' WHERE name = 'machine'",
    ],
)
def test_a_ledger_that_lost_its_machine_or_number_goes_on(path: Path, statement: str) -> None:
    change(path, statement)
    with closing(Ledger(path)) as ledger:
        assert ledger.machine
        assert len(ledger.ingest([call("new")], [], free)) == 1
        assert ledger.count() == _ROWS + 1


@pytest.mark.parametrize("note", ["{broken", "{}", "\N{BLACK STAR}", "null"])
def test_what_a_ledger_says_of_its_repair_may_be_noise(note: str) -> None:
    assert salvaged_from(note) is None


@pytest.mark.parametrize(
    ("place", "data"),
    [
        (16, (8192).to_bytes(2)),
        (16, (512).to_bytes(2)),
        (16, (3).to_bytes(2)),
        (18, b"\x09\x09"),
        (44, (9).to_bytes(4)),
        (56, (2).to_bytes(4)),
        (60, bytes(4)),
        (60, (1).to_bytes(4)),
        (60, (2).to_bytes(4)),
        (60, b"\x00\x5a\xf3\x8c"),
        (60, b"\xff\xff\xff\xf0"),
        (0, bytes(100)),
    ],
)
def test_whatever_the_header_says_all_answers_come_back(
    place: int, data: bytes, path: Path, quarantine: Quarantine
) -> None:
    overwrite(path, place, data)
    with closing(open_ledger(path, quarantine)) as ledger:
        assert ledger.count() == _ROWS
        said = salvaged_from(ledger.salvaged)
    assert said is None or said.is_whole


@pytest.mark.parametrize("table", ["alias", "word", "run"])
def test_a_ledger_that_lost_a_table_is_not_taken_for_that_of_another_program(
    table: str, path: Path, quarantine: Quarantine
) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("DELETE FROM sqlite_master WHERE name = ?", (table,))
    with closing(open_ledger(path, quarantine)) as ledger:
        assert ledger.count() == _ROWS
        assert salvaged_from(ledger.salvaged) is not None


def test_a_schema_with_noise_in_its_words_is_a_damaged_one(
    path: Path, quarantine: Quarantine
) -> None:
    place = path.read_bytes()[:_PAGE].index(b"CREATE TABLE run")
    overwrite(path, place + 7, b"\x8c\xff")
    with closing(open_ledger(path, quarantine)) as ledger:
        assert ledger.count() == _ROWS


@pytest.mark.parametrize("name", [b"cache_read INTEGER", b"folder TEXT", b"output INTEGER"])
def test_a_column_whose_name_is_noise_takes_no_answers_with_it(
    name: bytes, path: Path, quarantine: Quarantine
) -> None:
    overwrite(path, path.read_bytes()[:_PAGE].index(name), b"xy")
    with closing(open_ledger(path, quarantine)) as ledger:
        assert ledger.count() == _ROWS
        assert ledger.sums(EVER, (), {})[0].calls == _ROWS


def test_a_damaged_ledger_of_a_later_version_is_left_to_that(
    path: Path, quarantine: Quarantine
) -> None:
    change(path, "PRAGMA user_version = 99")
    overwrite(path, path.stat().st_size - _PAGE, b"\x55" * _PAGE)
    fault = inspect(path)
    assert fault
    before = path.read_bytes()
    with pytest.raises(RingletError, match="version 99"):
        mend(path, quarantine, fault)
    assert path.read_bytes() == before
    assert not list(quarantine.folder.glob("usage.db*"))


def test_a_header_that_was_lost_takes_no_table_of_an_older_ledger_with_it(
    path: Path, quarantine: Quarantine
) -> None:
    # As in one that was brought up to date, its rows begin elsewhere than in a new one.
    change(
        path,
        "CREATE TABLE more AS SELECT * FROM call",
        "DROP TABLE more",
        "CREATE TABLE ordered AS SELECT * FROM home",
        "DROP TABLE home",
        "CREATE TABLE home (path TEXT NOT NULL, agent TEXT NOT NULL, profile TEXT NOT NULL,"
        " folder TEXT NOT NULL, PRIMARY KEY (path, agent, folder)) WITHOUT ROWID",
        "INSERT INTO home VALUES ('/other', 'claude', 'work', '')",
        "DROP TABLE ordered",
    )
    overwrite(path, 0, bytes(100))
    with closing(open_ledger(path, quarantine)) as ledger:
        assert ledger.count() == _ROWS
        assert [home.path for home in ledger.homes()] == ["/other"]


def test_a_log_begun_while_its_file_could_only_be_read_keeps_nobody_from_writing(
    path: Path,
) -> None:
    path.chmod(0o400)
    with closing(open_to_read(path)) as reading:
        assert reading.execute("SELECT count(*) FROM call").fetchone() == (_ROWS,)
    companions = [companion(path, suffix) for suffix in ("-wal", "-shm")]
    assert {stat.S_IMODE(one.stat().st_mode) for one in companions} == {0o400}
    path.chmod(0o600)
    with closing(Ledger(path)):
        assert {stat.S_IMODE(one.stat().st_mode) for one in companions} == {0o600}


def test_the_command_that_shows_a_damaged_ledger_names_it_whatever_its_path() -> None:
    kept = "/home/o'hara/a b/usage.db.1"
    said = Salvaged(kept, "malformed", 1, 0, 1, 0)
    assert shlex.split(said.look())[2] == kept


@pytest.mark.parametrize("seed", range(4))
def test_noise_within_a_page_ends_no_repair_and_takes_few_steps(
    seed: int, path: Path, quarantine: Quarantine
) -> None:
    with closing(sqlite3.connect(path)) as raw:
        query = "SELECT max(pageno) FROM dbstat WHERE name = 'word'"
        (page,) = raw.execute(query).fetchone()
    noise = random.Random(seed).randbytes(2000)  # noqa: S311 - the same noise each time
    overwrite(path, (page - 1) * _PAGE + 300, noise)
    fault = inspect(path)
    assert fault
    mend(path, quarantine, fault, is_over=patient(5000))
    with closing(Ledger(path)) as ledger:
        assert ledger.count() == _ROWS
