"""Files by the descriptor of their folder: what `files` and `anchor` are both made of.

Working through a descriptor, nobody can exchange the folder between a check and its use. All
functions raise OSError.
"""

from __future__ import annotations

import errno
import functools
import itertools
import os
import re
import stat
import time
from pathlib import Path
from typing import Final, Self

from ringlet.domain.errors import ErrorCode, RingletError

_RUN: Final = os.urandom(4).hex()  # tells our temporary files from those of an earlier process
_NUMBER: Final = itertools.count()
_LEFTOVER: Final = re.compile(r"\.ringlet-(\d+)-([0-9a-f]{8})-\d+\.tmp")
_LEFTOVER_AGE: Final = 3600.0
_BLOCK: Final = 1 << 20

_HINTS: Final = {
    errno.ENOTDIR: "Something that is no folder stands at that place, or above it; move it away.",
    errno.EEXIST: "Something that is no folder stands at that place, or above it; move it away.",
    errno.ENOSPC: "Free some space on that disk and try again.",
    errno.EDQUOT: "Your disk quota is used up; free some space and try again.",
    errno.EROFS: "That place is mounted read-only; set RINGLET_CONFIG_DIR to a writable one.",
    errno.EACCES: "Check who owns that file and its folder, and their permissions.",
    errno.EPERM: "Check who owns that file and its folder, and their permissions.",
    errno.EMFILE: "Too many files are open; raise the limit with: ulimit -n 1024",
    errno.ENFILE: "The whole machine has too many files open; close some programs.",
    errno.EAGAIN: "Your user has too many processes; close some, or raise the limit: ulimit -u",
    errno.ENOMEM: "Close other programs, or raise the limit with: ulimit -v unlimited",
    errno.EFBIG: "If the size of files is limited here, raise the limit: ulimit -f unlimited",
    errno.ELOOP: "That place is a link that leads to itself; remove it.",
    errno.ENAMETOOLONG: "Use a shorter name.",
    errno.EIO: "The disk has a fault: look into the system's log, and save what you can.",
}


class DescriptorOwner:
    """What has a descriptor open until it is closed, or the end of its `with` statement."""

    _fd: int

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def storage_error(action: str, place: str | Path, error: OSError) -> RingletError:
    """What `action` ("write", "read" …) ran into at `place`, with the next step if there is one."""
    reason = (error.strerror or type(error).__name__).lower()
    return RingletError(
        ErrorCode.STORAGE_ERROR,
        f"Cannot {action} {place}: {reason}",
        hint=advice(error),
    )


def advice(error: OSError) -> str:
    """The next step after this error of the system; empty if none is known."""
    return _HINTS.get(error.errno or 0, "")


def replace_at(folder: int, name: str, data: bytes, mode: int) -> None:
    """Replace a file in one step: afterwards it holds all of the old or all of the new bytes.

    A link at `name` is replaced, not followed. `mode` is exact, whatever the umask.
    """
    temporary = f".ringlet-{os.getpid()}-{_RUN}-{next(_NUMBER)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(temporary, flags, mode, dir_fd=folder)
    try:
        try:
            os.fchmod(fd, mode)
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; one call of write may take only some of them."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def open_regular(name: str | Path, flags: int, *, folder: int | None = None) -> int:
    """Open a regular file; anything else (FIFO, device, folder) raises EINVAL, without waiting.

    Every file that others made is opened here. Those of the kernel only look regular: they have
    no size, may wait, and those of /proc/self are about this process, not about whoever asks.
    With O_CREAT in `flags`, a missing one is made with mode 0600.
    """
    follow = not flags & os.O_NOFOLLOW
    try:  # opening a device does something already
        _require_regular(os.stat(name, dir_fd=folder, follow_symlinks=follow), follow=follow)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    fd = os.open(name, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        _require_regular(os.fstat(fd))
    except OSError:
        os.close(fd)
        raise
    return fd


def _require_regular(found: os.stat_result, *, follow: bool = True) -> None:
    if not follow and stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISREG(found.st_mode) or found.st_dev in _kernel_devices():
        raise OSError(errno.EINVAL, "not a regular file")


@functools.cache
def _kernel_devices() -> frozenset[int]:
    return frozenset(os.stat(place).st_dev for place in ("/proc", "/sys") if _is_mounted(place))


def _is_mounted(place: str) -> bool:
    return os.path.isdir(place) and os.stat(place).st_dev != os.stat("/").st_dev


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable: a new file without its name is lost."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_all(fd: int, limit: int) -> bytes:
    """The whole file; raises EFBIG if it holds more than `limit` bytes. Closes the descriptor."""
    try:
        if os.fstat(fd).st_size > limit:  # many of them, or a sparse one, cost nothing
            raise OSError(errno.EFBIG, f"more than {limit} bytes")
        blocks: list[bytes] = []
        size = 0
        while block := os.read(fd, min(_BLOCK, limit + 1 - size)):
            blocks.append(block)
            size += len(block)
            if size > limit:
                raise OSError(errno.EFBIG, f"more than {limit} bytes")
        return b"".join(blocks)
    finally:
        os.close(fd)


def remove_leftover(folder: int, name: str) -> bool:
    """Remove a temporary file of ours that nobody will finish; whether `name` was one."""
    match = _LEFTOVER.fullmatch(name)
    try:
        if match is None or not _is_abandoned(folder, name, int(match[1]), match[2]):
            return False
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _is_abandoned(folder: int, name: str, pid: int, run: str) -> bool:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        return False
    if pid == os.getpid():
        return run != _RUN
    return not _is_alive(pid) or time.time() - found.st_mtime > _LEFTOVER_AGE


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
