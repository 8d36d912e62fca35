"""Look through folders in which an agent can write, too, without ever following a link.

`Anchor` reads and writes single files there; this finds many and reads them in pieces.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ringlet.store.anchor import split_relative
from ringlet.store.descriptors import DescriptorOwner, open_regular, storage_error

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST: Final = 12
_GONE: Final = {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EACCES}


class Entry(NamedTuple):
    """A regular file below a folder, as it was when it was found."""

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int


class Folder(DescriptorOwner):
    """A folder, opened once. Close it, or use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._fd = os.open(path, _FOLDER)
        except OSError as error:
            raise storage_error("open the folder", path, error) from error

    def files(self, relative: str) -> Iterator[Entry]:
        """All regular files below a folder in here; nothing if it is not there, or a link."""
        try:
            fd = self._enter(relative)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return
        found: list[Entry] = []
        _walk(fd, relative, 0, found)
        yield from found

    def open(self, relative: str) -> int:
        """A descriptor of a regular file, to read; raises OSError."""
        parent, _, name = relative.rpartition("/")
        folder = self._enter(parent)
        try:
            return open_regular(name, os.O_RDONLY | os.O_NOFOLLOW, folder=folder)
        finally:
            os.close(folder)

    def expect(self, relative: str) -> None:
        """Have the system fetch a file from the disk while something else is done."""
        try:
            fd = self.open(relative)
        except OSError:
            return  # whoever opens it to read will say so
        try:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(fd)

    def stat(self, relative: str) -> Entry | None:
        """What regular file is there, readable or not; None if none is."""
        parent, _, name = relative.rpartition("/")
        try:
            folder = self._enter(parent)
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            finally:
                os.close(folder)
        except OSError:
            return None
        return _entry(relative, status) if stat.S_ISREG(status.st_mode) else None

    def _enter(self, relative: str) -> int:
        current = os.dup(self._fd)
        for part in split_relative(relative) if relative else ():
            try:
                following = os.open(part, _FOLDER, dir_fd=current)
            finally:
                os.close(current)
            current = following
        return current


def _walk(fd: int, relative: str, depth: int, found: list[Entry]) -> None:
    """Add the files below the folder `fd`, which is closed in the end; loops cannot occur.

    No generator: a question looks at thousands of files, and each would pass all of its folders.
    """
    try:
        with os.scandir(fd) as entries:
            listed = list(entries)
        for entry in listed:
            try:
                if entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found.append(_entry(f"{relative}/{entry.name}", status))
                elif entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
                    below = os.open(entry.name, _FOLDER, dir_fd=fd)
                    _walk(below, f"{relative}/{entry.name}", depth + 1, found)
            except OSError as error:
                if error.errno not in _GONE:  # removed or exchanged meanwhile
                    raise
    finally:
        os.close(fd)


def _entry(path: str, status: os.stat_result) -> Entry:
    return Entry(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
