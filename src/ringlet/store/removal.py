"""Remove a folder with all that is in it, and nothing that only seems to be in it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Collection
from typing import Final

from ringlet.domain.legible import shorten

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST: Final = 64  # descriptors are held that deep; what lies deeper is moved up first
_TIMES: Final = 3  # a folder is emptied so often, in case somebody still writes there
_TOLD: Final = 5


def remove_folder(path: str, *, last: str = "", mounts: Collection[str] = ()) -> list[str]:
    """Remove what is at `path`; returns what could not be removed, with the reason.

    No link is followed, nothing of another file system or below one of the `mounts` (absolute
    paths) is touched, and what others remove meanwhile is no fault. The file `last` in it goes
    after everything else, so that a removal which was cut short can be gone on with.
    """
    # Mounts are told by their real paths; whether the folder itself is a link, opening it tells.
    removal = _Removal(os.path.realpath(path), last, mounts)
    try:
        found = os.open(path, _FOLDER)
    except FileNotFoundError:
        return []
    except OSError as error:
        return [_tell(path, error)]
    try:
        removal.begin(found)
    finally:
        os.close(found)
    if not removal.problems:
        removal.attempt(lambda: os.rmdir(path), path)
    return removal.told()


class _Removal:
    def __init__(self, path: str, last: str, mounts: Collection[str]) -> None:
        self._path = path
        self._last = last
        self._mounts = mounts
        self._root = -1
        self._device = 0
        self._moved = 0
        self.problems: list[str] = []

    def begin(self, folder: int) -> None:
        """Empty the folder, but for what cannot be removed."""
        self._root = folder
        self._device = os.fstat(folder).st_dev
        self._empty(folder, self._path, 0)
        if self._last and not self.problems:
            path = os.path.join(self._path, self._last)
            self.attempt(lambda: os.unlink(self._last, dir_fd=folder), path)

    def told(self) -> list[str]:
        """The problems for people, who need not read thousands of the same."""
        more = len(self.problems) - _TOLD
        return self.problems if more <= 0 else [*self.problems[:_TOLD], f"and {more} more"]

    def attempt(self, step: Callable[[], None], path: str) -> None:
        """Take the last step for what is at the path; somebody else may have done so."""
        try:
            step()
        except FileNotFoundError:
            pass
        except OSError as error:
            self.problems.append(_tell(path, error))

    def _empty(self, folder: int, path: str, depth: int) -> None:
        rounds = 0
        while rounds < _TIMES:
            problems, moved = len(self.problems), self._moved
            names = self._names(folder, path, depth)
            for name in names:
                self._remove(folder, name, os.path.join(path, name), depth)
            if not names or len(self.problems) > problems:
                return
            rounds += depth > 0 or self._moved == moved  # what was moved up is still to go

    def _names(self, folder: int, path: str, depth: int) -> list[str]:
        try:
            names = os.listdir(folder)
        except OSError as error:
            self.problems.append(_tell(path, error))
            return []
        return [name for name in names if depth or name != self._last]

    def _remove(self, folder: int, name: str, path: str, depth: int) -> None:
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            is_folder = stat.S_ISDIR(status.st_mode)
            if status.st_dev != self._device or (is_folder and path in self._mounts):
                raise OSError(errno.EXDEV, "another file system is mounted there")
            if not is_folder:
                self._unlink(folder, name)
                return
            if depth >= _DEEPEST:
                self._move_up(folder, name)
                return
            below = self._enter(folder, name)
        except FileNotFoundError:
            return
        except OSError as error:
            self.problems.append(_tell(path, error))
            return
        before = len(self.problems)
        try:
            self._empty(below, path, depth + 1)
        finally:
            os.close(below)
        if len(self.problems) == before:
            self.attempt(lambda: os.rmdir(name, dir_fd=folder), path)

    def _unlink(self, folder: int, name: str) -> None:
        try:
            os.unlink(name, dir_fd=folder)
        except PermissionError:
            os.fchmod(folder, 0o700)  # a read-only folder of ours, as caches of packages are
            os.unlink(name, dir_fd=folder)

    def _enter(self, folder: int, name: str) -> int:
        try:
            below = os.open(name, _FOLDER, dir_fd=folder)
        except PermissionError:
            _make_readable(folder, name)
            below = os.open(name, _FOLDER, dir_fd=folder)
        if stat.S_IMODE(os.fstat(below).st_mode) & 0o700 != 0o700:
            try:
                os.fchmod(below, 0o700)
            except OSError:
                pass  # it is not ours; what is in it says so
        return below

    def _move_up(self, folder: int, name: str) -> None:
        """To where the next round at the top finds it."""
        self._moved += 1
        target = f".ringlet-removing-{os.getpid()}-{self._moved}"
        os.rename(name, target, src_dir_fd=folder, dst_dir_fd=self._root)


def _make_readable(folder: int, name: str) -> None:
    """Give ourselves the right to list a folder of ours, whatever takes its place meanwhile."""
    if sys.platform != "linux":
        return
    handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.chmod(f"/proc/self/fd/{handle}", 0o700)
    finally:
        os.close(handle)


def _tell(path: str, error: OSError) -> str:
    return f"{shorten(path, 300)}: {error.strerror or type(error).__name__}"
