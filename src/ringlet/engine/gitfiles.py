"""What the files of a git repository tell, without git."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from ringlet.domain.errors import RingletError
from ringlet.store.anchor import Anchor
from ringlet.wire.replies.workspace import Commit, Repository

_MOST_COMMITS: Final = 10
_LONGEST: Final = 500  # characters of any text that is handed on
# Old and new hash, author, seconds, offset, and what was done: a line of logs/HEAD.
_RECORD: Final = re.compile(
    r"[0-9a-f]{40,64} (?P<hash>[0-9a-f]{40,64}) (?P<author>.*) <[^>]*> "
    r"(?P<seconds>\d{1,12}) (?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)"
    r"\tcommit[^:]*: (?P<message>.*)"
)
_URL: Final = re.compile(r'^\[remote "origin"\][^\[]*?^\s*url\s*=\s*(\S+)', re.MULTILINE)
_LOGIN: Final = re.compile(r"^(\w+://)[^/@]*@")


def repository(anchor: Anchor, folder: Path, name: str) -> Repository | None:
    """The repository in `folder`, relative to the anchor; None if there is none.

    A .git that is a file leads elsewhere, and is not followed: of such a working copy only is told
    that it is one.
    """
    place = (folder / ".git").as_posix()
    try:
        entries = anchor.entries(place)
    except RingletError:  # a file, or a link
        return Repository(is_repo=True, root=name) if _is_file(anchor, place) else None
    if entries is None or ("HEAD", False) not in entries:
        return None
    head = _text(anchor, f"{place}/HEAD").strip()
    remote = _URL.search(_text(anchor, f"{place}/config"))
    commits = list(_commits(_text(anchor, f"{place}/logs/HEAD")))
    return Repository(
        is_repo=True,
        root=name,
        branch=head.removeprefix("ref: refs/heads/")[:_LONGEST] if head[:5] == "ref: " else None,
        remote_url=_LOGIN.sub(r"\1", remote[1])[:_LONGEST] if remote else None,
        commits=commits,
    )


def _is_file(anchor: Anchor, place: str) -> bool:
    try:
        return anchor.read(place) is not None
    except RingletError:
        return False


def _text(anchor: Anchor, place: str) -> str:
    """A file of the repository, or nothing where it cannot be read."""
    try:
        return (anchor.read(place) or b"").decode(errors="replace")
    except RingletError:
        return ""


def _commits(log: str) -> Iterator[Commit]:
    """The last commits in the log, newest first."""
    found = [record for line in log.split("\n") if (record := _RECORD.fullmatch(line))]
    for record in reversed(found[-_MOST_COMMITS:]):
        offset = timedelta(hours=int(record["hours"]), minutes=int(record["minutes"]))
        if offset >= timedelta(days=1):
            continue
        zone = timezone(-offset if record["sign"] == "-" else offset)
        yield Commit(
            hash=record["hash"],
            message=record["message"][:_LONGEST],
            author=record["author"][:_LONGEST],
            date=datetime.fromtimestamp(int(record["seconds"]), zone).isoformat(),
        )
