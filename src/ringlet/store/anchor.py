"""Files below a folder in which an agent can write, too.

An agent may leave links, FIFOs and devices where we expect our files, and may exchange them at
any moment. So every part of a path is opened from its parent's descriptor without following
links, and nothing is looked up by path twice.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import (
    DescriptorOwner,
    open_regular,
    read_all,
    replace_at,
    storage_error,
)

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNSAFE: Final = {errno.ELOOP, errno.ENOTDIR, errno.EINVAL, errno.EISDIR, errno.ENXIO}


class Anchor(DescriptorOwner):
    """A folder, opened once; relative paths never lead out of it.

    `folder` must exist, be no link and, but for `foreign`, belong to us. `limit` bounds what is
    read and written, in bytes. Relative paths use "/". Close it, or use it in a `with` statement.
    """

    def __init__(self, folder: Path, *, limit: int = 16 << 20, foreign: bool = False) -> None:
        self._limit = limit
        try:
            self._fd = os.open(folder, _FOLDER)
        except OSError as error:
            raise storage_error("open the folder", folder, error) from error
        if not foreign and os.fstat(self._fd).st_uid != os.geteuid():
            self.close()
            raise RingletError(ErrorCode.STORAGE_ERROR, f"{folder} belongs to another user")

    def read(self, relative: str) -> bytes | None:
        """The bytes of a regular file; None if it or a folder on the way is not there."""
        with _translated("read", relative):
            try:
                with self._parent(relative) as (folder, name):
                    fd = open_regular(name, os.O_RDONLY | os.O_NOFOLLOW, folder=folder)
                    return read_all(fd, self._limit)
            except FileNotFoundError:
                return None

    def entries(self, relative: str) -> list[tuple[str, bool]] | None:
        """What is in a folder ("" for the anchor's own): names, and whether each is a folder.

        Links and special files are left out; None if the folder is not there.
        """
        with _translated("list", relative or "the folder"), ExitStack() as opened:
            try:
                folder = self._fd
                if relative:
                    parent, name = opened.enter_context(self._parent(relative))
                    folder = _enter(parent, name, create=False)
                    opened.callback(os.close, folder)
                return list(_plain(folder))
            except FileNotFoundError:
                return None

    def write(self, relative: str, data: bytes, mode: int = 0o600) -> None:
        """Replace a file in one step; missing folders are made with mode 0700."""
        with _translated("write", relative):
            if len(data) > self._limit:
                raise OSError(errno.EFBIG, f"more than {self._limit} bytes")
            with self._parent(relative, create=True) as (folder, name):
                _refuse_special(folder, name)
                replace_at(folder, name, data, mode)

    def remove(self, relative: str) -> bool:
        """Remove a regular file; whether there was one."""
        with _translated("remove", relative):
            try:
                with self._parent(relative) as (folder, name):
                    _refuse_special(folder, name)
                    os.unlink(name, dir_fd=folder)
            except FileNotFoundError:
                return False
            return True

    def remove_meeting_points(self, relative: str) -> None:
        """Remove the links and sockets in a folder, or the link or socket in its place."""
        with _translated("clear", relative), suppress(FileNotFoundError):
            with self._parent(relative) as (parent, name):
                if _is_meeting_point(parent, name):
                    os.unlink(name, dir_fd=parent)
                    return
                folder = _enter(parent, name, create=False)
            try:
                for entry in os.listdir(folder):
                    if _is_meeting_point(folder, entry):
                        os.unlink(entry, dir_fd=folder)
            finally:
                os.close(folder)

    @contextmanager
    def _parent(self, relative: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that holds `relative`, and the file's own name."""
        *folders, name = split_relative(relative)
        current = os.dup(self._fd)
        try:
            for part in folders:
                following = _enter(current, part, create=create)
                os.close(current)
                current = following
            yield current, name
        finally:
            os.close(current)


def split_relative(relative: str) -> list[str]:
    """The parts of a relative path; raises INVALID_REQUEST if it could lead elsewhere."""
    parts = relative.split("/")
    if "\0" in relative or not {"", ".", ".."}.isdisjoint(parts):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{relative!r} is not a plain relative path",
            hint="Give a path below the folder, without '..' and without a leading '/'.",
        )
    return parts


def _enter(folder: int, part: str, *, create: bool) -> int:
    """Open a folder inside a folder, making it if wanted."""
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):  # made by someone else meanwhile: opening shows what it is
        os.mkdir(part, 0o700, dir_fd=folder)
    return os.open(part, _FOLDER, dir_fd=folder)


def _plain(folder: int) -> Iterator[tuple[str, bool]]:
    """Names of files and folders in a folder, and whether each is a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder or entry.is_file(follow_symlinks=False):
                yield entry.name, is_folder


def _refuse_special(folder: int, name: str) -> None:
    """Raise EINVAL if something other than a regular file is there."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")


def _is_meeting_point(folder: int, name: str) -> bool:
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    return stat.S_ISLNK(mode) or stat.S_ISSOCK(mode)


@contextmanager
def _translated(action: str, relative: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _UNSAFE:
            raise storage_error(action, relative, error) from error
        raise RingletError(
            ErrorCode.STORAGE_ERROR,
            f"Cannot {action} {relative}: it, or a folder on the way, is a link or a special file",
            hint="Remove what stands at that place; Ringlet does not follow links there.",
        ) from error
