"""OpenCode: messages in an SQLite database.

Output excludes reasoning there. A fork copies messages under new ids, but with their times; so
an answer is known by its times, model and counts. A message is filled in when it is complete.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

import msgspec

from ringlet.agents.usage.lines import Decoder, Text, number
from ringlet.agents.usage.logins import OpenCodeLogin
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.agents.usage.times import plausible
from ringlet.domain.usage import Call, Tokens
from ringlet.store.folder import Entry, Folder

_BLOCK: Final = 500
_OPEN_KEPT: Final = 200
_LONGEST_NAME: Final = 4096
_LARGEST_VALUE: Final = 4 << 20  # bytes of a message; longer ones are not even fetched
_STEPS: Final = 100_000  # of SQLite's machine between two looks at what it has cost so far
_MOST_STEPS: Final = 20_000
_QUERY: Final = """
    SELECT message.rowid, CAST(message.data AS BLOB), message.session_id,
        session.parent_id, session.directory
    FROM message LEFT JOIN session ON session.id = message.session_id
    WHERE message.rowid {condition} ORDER BY message.rowid LIMIT ?
"""
_ROWS: Final = "SELECT rowid FROM message WHERE rowid > ? ORDER BY rowid LIMIT ?"
_Row = tuple[int, bytes | None, str | None, str | None, str | None]


class _Cache(msgspec.Struct):
    read: int | float | None = 0
    write: int | float | None = 0


class _Tokens(msgspec.Struct):
    input: int | float | None = 0
    output: int | float | None = 0
    reasoning: int | float | None = 0
    cache: _Cache | None = None


class _Time(msgspec.Struct):
    created: int | float | None = None
    completed: int | float | None = None


class _Path(msgspec.Struct):
    cwd: Text = None


class _Message(msgspec.Struct):
    role: Text = None
    modelID: Text = None
    providerID: Text = None
    tokens: _Tokens | None = None
    cost: float | None = None
    path: _Path | None = None
    time: _Time | None = None


class _State(msgspec.Struct):
    """All messages up to `row` were seen; those in `open` were not complete then."""

    row: int = 0
    open: list[int] = []


class OpenCodeReader:
    """Reads `.local/share/opencode/opencode*.db`."""

    agent: Final = "opencode"
    folders: Final = (
        AgentFolder(".local/share/opencode", ("OPENCODE_DATA_DIR", "XDG_DATA_HOME/opencode")),
    )
    inside: Final = ("",)
    login: Final = OpenCodeLogin()
    whole: Final = True
    sums_only: Final = False

    def __init__(self) -> None:
        self._decoder = Decoder(_Message)

    def wants(self, path: str) -> bool:
        """The database, and its log: that is what changes first."""
        return path.startswith("opencode") and path.endswith((".db", ".db-wal"))

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """See `Reader`. Nothing is ever written there, not even a lock."""
        path = entry.path.removesuffix("-wal")
        if folder.stat(path) is None:
            return
        seen = msgspec.json.decode(state, type=_State) if state else _State()
        try:
            connection = _connect(folder, path) or _connect(folder, path)
        except sqlite3.Error as error:
            raise OSError(f"{folder.path / path}: {error}") from error
        if connection is None:
            raise OSError(f"{folder.path / path} is being opened or closed")
        try:
            for batch in self._read(connection, seen):
                # What cannot be read is told of the database, and not once more of its log.
                yield batch if path == entry.path else batch._replace(unreadable=0)
        except sqlite3.Error as error:
            raise OSError(f"{folder.path / path}: {error}") from error
        finally:
            connection.close()

    def _read(self, connection: sqlite3.Connection, seen: _State) -> Iterator[Batch]:
        (newest,) = connection.execute("SELECT max(rowid) FROM message").fetchone()
        if seen.row > (newest or 0):  # another database than the last time
            seen = _State()
        opened, seen.open = seen.open, []
        yield self._batch(_each(connection, opened), seen)
        before = -1
        while seen.row > before:
            before = seen.row
            yield self._batch(_following(connection, before), seen)

    def _batch(self, rows: Iterable[_Row], seen: _State) -> Batch:
        calls: list[Call] = []
        unreadable = 0
        for row, data, session, parent, directory in rows:
            seen.row = max(seen.row, row)
            unreadable += data is None
            for message in self._decoder.records(data) if data else ():
                if message.role != "assistant" or message.time is None:
                    continue
                if message.time.completed is None:
                    seen.open.append(row)  # its counts still grow, and it has no identity yet
                    continue
                place = str(directory or "")[:_LONGEST_NAME]
                calls += _call(message, str(session)[:_LONGEST_NAME], bool(parent), place)
        del seen.open[:-_OPEN_KEPT]
        unreadable += self._decoder.take_unreadable()
        return Batch(calls, 0, msgspec.json.encode(seen), unreadable)


def _following(connection: sqlite3.Connection, after: int) -> Iterator[_Row]:
    """The next messages, one at a time in memory: each may be large.

    SQLite tells that one is too large without fetching it, but not which.
    """
    try:
        for found in connection.execute(_QUERY.format(condition="> ?"), (after, _BLOCK)):
            after = found[0]
            yield found
    except sqlite3.DataError:
        rows = connection.execute(_ROWS, (after, _BLOCK)).fetchall()
        yield from _each(connection, (row for (row,) in rows))


def _each(connection: sqlite3.Connection, rows: Iterable[int]) -> Iterator[_Row]:
    """The messages in some rows, without data where that is too large."""
    for row in rows:
        try:
            yield from connection.execute(_QUERY.format(condition="= ?"), (row, 1))
        except sqlite3.DataError:
            yield row, None, None, None, None


def _connect(folder: Folder, path: str) -> sqlite3.Connection | None:
    """Open a database that others own: no links, no writing, no code of its own, no endless work.

    SQLite itself refuses links for the files beside it. Without a log nobody has the database
    open; then SQLite would make one, unless it is told that the file does not change. None if
    the log came or went meanwhile.
    """
    log = folder.stat(path + "-wal")
    how = "readonly_shm=1" if log and log.size else "immutable=1"
    address = f"file:{quote(str(folder.path / path))}?mode=ro&{how}"
    connection = sqlite3.connect(address, uri=True, timeout=2.0)
    steps = iter(range(_MOST_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    try:
        connection.execute("SELECT 1 FROM message LIMIT 1")
    except sqlite3.OperationalError:
        connection.close()
        return None
    return connection


def _call(message: _Message, session: str, child: bool, directory: str) -> Iterator[Call]:
    tokens, time = message.tokens or _Tokens(), message.time or _Time()
    cache = tokens.cache or _Cache()
    used = Tokens(
        input=number(tokens.input),
        output=number(tokens.output) + number(tokens.reasoning),
        cache_read=number(cache.read),
        cache_write_5m=number(cache.write),
        reasoning=number(tokens.reasoning),
    )
    moment = plausible(time.completed)
    if not used.total or moment is None:
        return
    model = message.modelID or ""
    identity = (time.created, time.completed, model, *msgspec.structs.astuple(used))
    yield Call(
        source="opencode",
        native_id="\0".join(map(str, identity)),
        time=moment,
        tokens=used,
        agent="opencode",
        model=model,
        session=session,
        project=(message.path and message.path.cwd) or directory,
        sub_agent=child,
        reported_cost_nano=round(message.cost * 1e9) if message.cost else None,
        vendor=message.providerID or "",
    )
