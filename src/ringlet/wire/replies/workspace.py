"""What is said of the user's folders."""

from __future__ import annotations

import msgspec


class FolderEntry(msgspec.Struct, frozen=True):
    name: str
    path: str
    is_dir: bool


class Folder(msgspec.Struct, frozen=True):
    """A folder; `parent` is null where looking further up is not allowed."""

    path: str
    parent: str | None
    entries: list[FolderEntry]


class Completions(msgspec.Struct, frozen=True):
    completions: list[FolderEntry]


class Commit(msgspec.Struct, frozen=True):
    """A commit that was made here; `date` is RFC 3339 with the author's own offset."""

    hash: str
    message: str
    author: str
    date: str


class Repository(msgspec.Struct, frozen=True):
    """A git repository. `branch` is null without one, `dirty` always: telling would run git.

    `commits` are the last ones made in this working copy, newest first; those that came by a
    pull are not among them.
    """

    is_repo: bool
    root: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    remote_url: str | None = None
    commits: list[Commit] = []
