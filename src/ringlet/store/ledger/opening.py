"""Open the ledger even if its file is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ringlet.domain.errors import RingletError
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.quarantine import Quarantine


def open_ledger(path: Path, quarantine: Quarantine) -> Ledger:
    """The ledger; a file that is no database is set aside, and a new one is begun.

    What agents still have is then read again. A full disk, missing rights and a file of a later
    version are errors.
    """
    try:
        return Ledger(path)
    except RingletError as error:
        cause = error.__cause__
        if not isinstance(cause, sqlite3.DatabaseError) or isinstance(
            cause, sqlite3.OperationalError
        ):
            raise
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                quarantine.put(part, cause)
    return Ledger(path)
