"""Requests about the user's folders, for those who choose where an agent shall work."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class FsList(Request, frozen=True, tag="fs_list"):
    """What is in a folder; without `path` in the first of those that may be looked at."""

    path: str | None = None


class FsComplete(Request, frozen=True, tag="fs_complete"):
    """Folders whose path begins like this."""

    prefix: str


class GitInfo(Request, frozen=True, tag="git_info"):
    """The repository that a folder belongs to."""

    path: str
