"""The runs of the log `sessions.jsonl`, where they can be found and added up by time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

_KEYS: Final = frozenset({"profile", "agent", "provider", "model"})
_LONGEST_MS: Final = 30 * 24 * 3600 * 1000  # a longer run than this is not looked for


class Run(NamedTuple):
    """A run that ended; times in milliseconds since 1970, UTC.

    `agent` is empty if another program was run in the profile's environment. Such a run may have
    caused usage all the same, but does not count as one of the agent.
    """

    id: str
    profile: str
    agent: str
    provider: str
    model: str
    cwd: str
    started: int
    ended: int
    seconds: float
    cpu_seconds: float | None = None
    peak_bytes: int | None = None


class RunSum(NamedTuple):
    """Runs with the same `name`; `last` is when the last one ended, 0 if there are none."""

    name: str
    runs: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    last: int
    profiles: int


def add(connection: sqlite3.Connection, found: Iterable[Run]) -> int:
    """Add runs; those that are there already stay as they are. How many were new."""
    before = connection.total_changes
    connection.executemany(
        f"INSERT OR IGNORE INTO run VALUES ({', '.join('?' * len(Run._fields))})", found
    )
    return connection.total_changes - before


def at(connection: sqlite3.Connection, profile: str, start: int, end: int) -> list[Run]:
    """The runs of a profile that lasted at any moment between the two."""
    rows = connection.execute(
        "SELECT * FROM run WHERE profile = ? AND started BETWEEN ? AND ? AND ended >= ?",
        (profile, start - _LONGEST_MS, end, start),
    )
    return [Run._make(row) for row in rows]


def find(connection: sqlite3.Connection, run_id: str) -> Run | None:
    """The run with this id."""
    row = connection.execute("SELECT * FROM run WHERE id = ?", (run_id,)).fetchone()
    return None if row is None else Run._make(row)


def sums(
    connection: sqlite3.Connection, by: str, start: int, end: int, where: Mapping[str, str]
) -> list[RunSum]:
    """Runs of agents that ended from `start` up to `end`.

    They are added up by "profile", "agent", "provider" or "model"; with an empty `by` there is
    one sum, of all of them.
    """
    if not _KEYS.issuperset({*where, by} - {""}):
        raise ValueError(f"{by!r} or one of {sorted(where)} is nothing that runs have")
    conditions = "".join(f" AND {name} = ?" for name in where)
    column = by or "''"
    rows = connection.execute(
        f"SELECT {column}, count(*), total(seconds), total(cpu_seconds),"
        " ifnull(max(peak_bytes), 0), ifnull(max(ended), 0), count(DISTINCT profile)"
        f" FROM run WHERE agent != '' AND ended >= ? AND ended < ?{conditions}"
        f" GROUP BY {column} ORDER BY 1",
        (start, end, *where.values()),
    )
    return [RunSum._make(row) for row in rows]
