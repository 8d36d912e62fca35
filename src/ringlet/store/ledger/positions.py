"""How far each file of an agent has been read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Position(NamedTuple):
    """A file as it was when it was read last.

    `offset` stands behind the last complete line, `tail` is a hash of the bytes before it, and
    `state` what its reader needs to go on from there. Without an inode, `state` is all there is.
    """

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    offset: int = 0
    tail: bytes = b""
    state: bytes = b""

    @property
    def signature(self) -> tuple[int, int, int, int]:
        """Changes whenever the file does."""
        return self[1:5]


def load(connection: sqlite3.Connection) -> Iterator[Position]:
    """The positions of all files."""
    yield from map(Position._make, connection.execute("SELECT * FROM file"))


def save(connection: sqlite3.Connection, positions: Iterable[Position]) -> None:
    """Note positions down, in the transaction of the calls that were read up to there."""
    connection.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)", positions)


class Home(NamedTuple):
    """A folder beside those of profiles whose usage is wanted, too.

    `folder` is where in it the agent has its files, if that is not where it usually has them.
    """

    path: str
    agent: str
    profile: str
    folder: str = ""


def homes(connection: sqlite3.Connection) -> list[Home]:
    """The homes that were imported, in the order of their paths."""
    rows = connection.execute("SELECT path, agent, profile, folder FROM home ORDER BY 1, 2, 4")
    return [Home._make(row) for row in rows]


def rename_homes(connection: sqlite3.Connection, former: str, present: str) -> None:
    """Homes that belong to a profile go on belonging to it under its present alias."""
    connection.execute("UPDATE home SET profile = ? WHERE profile = ?", (present, former))


def add_home(connection: sqlite3.Connection, home: Home) -> None:
    """Look into this home from now on; naming nobody leaves it to whom it belonged before."""
    connection.execute(
        "INSERT INTO home VALUES (?, ?, ?, ?) ON CONFLICT (path, agent, folder)"
        " DO UPDATE SET profile = excluded.profile WHERE excluded.profile <> ''",
        home,
    )
