"""Open the ledger, whatever has happened to its file."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.repair import Abandoned, Salvaged, finish, repair
from ringlet.store.ledger.verdict import (
    companion,
    headless,
    inspect,
    is_damage,
    open_to_read,
    size_of,
)
from ringlet.store.quarantine import Quarantine

_MACHINE: Final = "SELECT value FROM meta WHERE name = 'machine'"
_SMALL: Final = 64 << 20  # checked before it is written to, after an end that was none


def open_ledger(
    path: Path,
    quarantine: Quarantine,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Ledger:
    """The ledger; what SQLite calls damaged is salvaged before. Blocks.

    A full disk, missing rights, the database of another program and a file of a later version are
    errors, and leave all as it is. So does `is_over`, which ends a repair that is not finished.
    """
    finish(path)
    _make_way(path, quarantine)
    if _is_log_of_another(path):
        quarantine.put(companion(path, "-wal"), "belongs to another ledger than the file beside it")
        companion(path, "-shm").unlink(missing_ok=True)
    try:
        if fault := headless(path) or _fault_after_a_kill(path, is_over):
            return _mended(path, quarantine, fault, is_over)
        return Ledger(path)
    except RingletError as error:
        if not is_damage(error.__cause__):
            raise
        return _mended(path, quarantine, str(error.__cause__), is_over)


def mend(
    path: Path,
    quarantine: Quarantine,
    fault: str,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Salvaged:
    """Salvage a ledger that nobody has open; see `repair`."""
    try:
        return repair(path, quarantine.folder, fault, is_over=is_over)
    except Abandoned as error:
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"The ledger {path} is damaged ({fault}), and its repair was interrupted",
            hint="The next start of the daemon goes on with it.",
        ) from error


def _mended(path: Path, quarantine: Quarantine, fault: str, is_over: Callable[[], bool]) -> Ledger:
    mend(path, quarantine, fault, is_over=is_over)
    return Ledger(path)


def _is_log_of_another(path: Path) -> bool:
    """Whether the log says that the ledger is that of another machine than the file says.

    SQLite plays any log that is whole into the file beside it.
    """
    if not (size_of(companion(path, "-wal")) and size_of(path)):
        return False
    names = set()
    for alone in (False, True):
        try:
            with closing(open_to_read(path, alone=alone)) as connection:
                names.add(connection.execute(_MACHINE).fetchone())
        except sqlite3.Error:
            return False  # one of them cannot be read by itself, which is not unusual
    return len(names) == 2


def _fault_after_a_kill(path: Path, is_over: Callable[[], bool]) -> str:
    """What is damaged in a small ledger that was not closed: its log is not played in before.

    It could be that of another file, put beside this one by hand.
    """
    if not size_of(companion(path, "-wal")) or (size_of(path) or 0) > _SMALL:
        return ""
    return inspect(path, is_over=is_over)


def _make_way(path: Path, quarantine: Quarantine) -> None:
    """Set aside what is no file at all; a link may lead to a ledger, and stays."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if stat.S_ISLNK(mode):
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"The ledger {path} is a link, which Ringlet does not follow",
            hint="Put the file itself there, or set RINGLET_CONFIG_DIR to where it may lie.",
        )
    if not stat.S_ISREG(mode):
        quarantine.put(path, "is no file")
