"""A damaged ledger is set aside and hinders nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ringlet.domain.errors import RingletError
from ringlet.store.ledger.opening import open_ledger
from ringlet.store.quarantine import Quarantine


def test_what_is_no_database_is_set_aside_and_a_new_ledger_begun(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    damaged = b"this is no database, although it stands in the place of one " * 50
    path.write_bytes(damaged)
    quarantine = Quarantine(tmp_path / "quarantine")
    ledger = open_ledger(path, quarantine)
    assert ledger.count() == 0
    (kept,) = (tmp_path / "quarantine").iterdir()
    assert kept.read_bytes() == damaged
    assert str(kept) in ledger.salvaged


def test_a_ledger_of_a_later_version_is_not_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    open_ledger(path, Quarantine(tmp_path / "quarantine")).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(RingletError, match="version 99"):
        open_ledger(path, Quarantine(tmp_path / "quarantine"))
    assert not (tmp_path / "quarantine").exists()
