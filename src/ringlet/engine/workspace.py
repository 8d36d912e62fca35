"""The user's folders, looked at for those who choose where an agent shall work.

Agents can write there, so nothing that they leave can lead us astray: no link is followed, no
special file opened, nothing hidden is shown, and no git is run, since a repository can name
programs that git runs for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine import gitfiles
from ringlet.store.anchor import Anchor
from ringlet.wire.replies.workspace import Folder, FolderEntry, Repository

_MOST_ENTRIES: Final = 2000
_MOST_COMPLETIONS: Final = 100
_LARGEST_FILE: Final = 4 << 20


class Workspace:
    """Looks into folders below `roots`; `home` is what ~ stands for, `secret` is never shown.

    The roots are asked for each time: the user may change them.
    """

    def __init__(
        self, *, roots: Callable[[], Iterable[Path]], home: Path, secret: Iterable[Path]
    ) -> None:
        self._home = home
        self._given_roots = roots
        self._secret = [Path(os.path.realpath(folder)) for folder in secret]

    def folder(self, path: str | None) -> Folder:
        """Folders first, then files, by name.

        Raises FORBIDDEN for what may not be looked at, FOLDER_NOT_FOUND for what is not there.
        """
        roots = self._roots
        folder = roots[0] if path is None and roots else self._absolute(path or "")
        root = self._root_of(folder)
        entries = self._entries(root, folder)
        ordered = sorted(entries, key=lambda entry: (not entry.is_dir, entry.name))
        parent = None if folder == root else str(folder.parent)
        return Folder(str(folder), parent, ordered[:_MOST_ENTRIES])

    def complete(self, prefix: str) -> list[FolderEntry]:
        """Folders whose path begins with `prefix`, some at most; none where we may not look."""
        before, _, beginning = prefix.rpartition("/")
        try:
            folder = self._absolute(before or "/")
            entries = self._entries(self._root_of(folder), folder)
            found = [each for each in entries if each.is_dir and each.name.startswith(beginning)]
        except RingletError as error:
            if error.code not in (ErrorCode.FORBIDDEN, ErrorCode.FOLDER_NOT_FOUND):
                raise
            found = [
                FolderEntry(root.name, str(root), True)
                for root in self._roots
                if str(root).startswith(prefix)
            ]
        return sorted(found, key=lambda entry: entry.name)[:_MOST_COMPLETIONS]

    def repository(self, path: str) -> Repository:
        """The repository that the folder is in, as far as its own files tell."""
        folder = self._absolute(path)
        root = self._root_of(folder)
        self._entries(root, folder)  # it is there, and no link leads to it
        for candidate in (folder, *folder.parents):
            if not candidate.is_relative_to(root):
                break
            with Anchor(root, limit=_LARGEST_FILE, foreign=True) as anchor:
                found = gitfiles.repository(anchor, candidate.relative_to(root), str(candidate))
            if found is not None:
                return found
        return Repository(is_repo=False)

    @property
    def _roots(self) -> list[Path]:
        return [Path(os.path.realpath(root)) for root in self._given_roots()]

    def _entries(self, root: Path, folder: Path) -> Iterator[FolderEntry]:
        relative = folder.relative_to(root).as_posix()
        try:
            with Anchor(root, foreign=True) as anchor:
                found = anchor.entries("" if relative == "." else relative)
        except RingletError as error:  # a link, a file, or nothing that we may read
            raise RingletError(ErrorCode.FORBIDDEN, error.message) from None
        if found is None:
            raise RingletError(ErrorCode.FOLDER_NOT_FOUND, f"There is no folder {str(folder)!r}")
        return (
            FolderEntry(name, str(folder / name), is_folder)
            for name, is_folder in found
            if not name.startswith(".") and folder / name not in self._secret
        )

    def _absolute(self, text: str) -> Path:
        """The path as it stands, with ~ replaced; raises INVALID_REQUEST unless it is absolute."""
        if text == "~" or text.startswith("~/"):
            text = str(self._home) + text[1:]
        if not os.path.isabs(text) or "\0" in text:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"{text!r} is not an absolute path",
                hint="Give a path that begins with / or ~/.",
            )
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            raise RingletError(ErrorCode.INVALID_REQUEST, f"{text!r} is not a path") from None
        return Path(os.path.normpath(text))

    def _root_of(self, folder: Path) -> Path:
        """The root that the folder is in; raises FORBIDDEN if there is none, or it is hidden."""
        for root in self._roots:
            if folder.is_relative_to(root):
                hidden = any(part.startswith(".") for part in folder.relative_to(root).parts)
                if not hidden and not any(map(folder.is_relative_to, self._secret)):
                    return root
        raise RingletError(
            ErrorCode.FORBIDDEN,
            f"{str(folder)!r} may not be looked at",
            hint="Add a folder that may to workspace.roots in config.toml.",
        )
