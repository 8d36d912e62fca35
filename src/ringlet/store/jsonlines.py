"""An append-only log of JSON records, one a line.

A record is one write and one fdatasync: after a kill or a power cut the file ends with whole
records and at most one incomplete line, which the next writer moves to the quarantine folder.
"""

from __future__ import annotations

import codecs
import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import (
    DescriptorOwner,
    open_regular,
    storage_error,
    sync_folder,
    write_all,
)
from ringlet.store.files import ensure_private_dir, reserve, set_aside
from ringlet.wire.encoding import encode

MAX_LINE: Final = 1 << 20
_BLOCK: Final = 1 << 16
_sync: Final = getattr(os, "fdatasync", os.fsync)  # macOS has only the second
_NOT_A_LOG: Final = {errno.EISDIR, errno.ELOOP, errno.EINVAL, errno.EACCES, errno.ENXIO}


class JsonLines(DescriptorOwner):
    """One log file and its older parts `<name>.1` (newest) to `<name>.<keep>`.

    The folder must exist. With `rotate_bytes`, a file that would grow beyond it becomes an older
    part first; the oldest is dropped. Something that is no file we can use is set aside, and said
    in `problems`. Methods block and may be called from several threads; a lock on the file keeps
    other processes apart, too.
    """

    def __init__(
        self,
        path: Path,
        quarantine: Path,
        *,
        rotate_bytes: int | None = None,
        keep: int = 5,
    ) -> None:
        self.problems: list[str] = []
        self.unparsable = 0
        self._path = path
        self._quarantine = quarantine
        self._rotate_bytes = rotate_bytes
        self._keep = max(1, keep)
        self._mutex = threading.Lock()
        self._fd = self._open()
        try:
            with self._locked():
                pass  # taking the lock mends what a killed writer left
        except RingletError as error:
            self.problems.append(error.message)  # a full disk, say: the next record tries again

    def append(self, record: dict[str, Any]) -> None:
        """Add a record, durably. On an error (no space …) the log is as it was before."""
        line = encode(record) + b"\n"
        if len(line) > MAX_LINE:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"A record of {len(line)} bytes is too long for {self._path.name}",
            )
        with self._locked():
            size = os.fstat(self._fd).st_size
            if self._rotate_bytes and size and size + len(line) > self._rotate_bytes:
                self._rotate()
                size = 0
            self._write(line, size)

    def read(self) -> Iterator[dict[str, Any]]:
        """All records, oldest first; lines that are none are counted in `unparsable`.

        The count begins anew with each reading. A last line still being written is left out.
        """
        self.unparsable = 0
        parts = self._open_parts()
        try:
            for part in parts:
                yield from self._records(part)
        finally:
            for part in parts:
                part.close()

    def check(self) -> None:
        """Say it in `problems` if the newest file begins with a line that is no record."""
        first = os.pread(self._fd, MAX_LINE, 0).partition(b"\n")[0]
        if first and _parse(first) is None:
            self.problems.append(f"{self._path} holds lines that are no records; they are skipped")

    def _open(self) -> int:
        try:
            return _open_log(self._path)
        except OSError as error:
            if error.errno not in _NOT_A_LOG:
                raise storage_error("open", self._path, error) from error
            moved = set_aside(self._path, self._quarantine)
            self.problems.append(f"{self._path} is no readable file; set aside as {moved}")
        try:
            return _open_log(self._path)
        except OSError as error:
            raise storage_error("open", self._path, error) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the log alone, with `_fd` open on the current file and its last line whole."""
        with self._mutex:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX)
                while not _is_current(self._fd, self._path):
                    fresh = self._open()
                    os.close(self._fd)
                    self._fd = fresh
                    fcntl.flock(self._fd, fcntl.LOCK_EX)
                self._mend()
                yield
            except OSError as error:
                raise storage_error("write", self._path, error) from error
            finally:
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _write(self, line: bytes, size: int) -> None:
        """Append one line with one call; what was written of it in part is taken back."""
        try:
            written = os.write(self._fd, line)
            if written < len(line):
                write_all(self._fd, line[written:])  # raises what stopped the first call
            _sync(self._fd)
        except OSError:
            os.ftruncate(self._fd, size)
            raise

    def _mend(self) -> None:
        """Move an incomplete last line into the quarantine folder."""
        size = os.fstat(self._fd).st_size
        if size == 0 or os.pread(self._fd, 1, size - 1) == b"\n":
            return
        start = _end_of_last_line(self._fd, size)
        ensure_private_dir(self._quarantine)
        target = reserve(self._quarantine, f"{self._path.name}.incomplete")
        try:
            with target.open("wb") as rest:
                for offset in range(start, size, _BLOCK):
                    rest.write(os.pread(self._fd, _BLOCK, offset))
                rest.flush()
                os.fsync(rest.fileno())
        except OSError:
            target.unlink()  # a full disk, say: the next one who writes tries again
            raise
        os.ftruncate(self._fd, start)
        _sync(self._fd)
        self.problems.append(f"{self._path} ended in an incomplete line; it is now in {target}")

    def _rotate(self) -> None:
        """Turn the file into part 1, its older parts moving up; the lock is held on the new one."""
        for number in range(self._keep - 1, 0, -1):
            if (older := self._part(number)).exists():
                older.rename(self._part(number + 1))
        self._path.rename(self._part(1))
        fresh = _open_log(self._path)
        fcntl.flock(fresh, fcntl.LOCK_EX)
        os.close(self._fd)
        self._fd = fresh

    def _part(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _open_parts(self) -> list[BinaryIO]:
        """All parts, oldest first, opened together so that a rotation cannot come between."""
        paths = [*(self._part(number) for number in range(self._keep, 0, -1)), self._path]
        with self._mutex:
            try:
                return [
                    os.fdopen(open_regular(path, os.O_RDONLY), "rb")
                    for path in paths
                    if path.exists()
                ]
            except OSError as error:
                raise storage_error("read", self._path, error) from error

    def _records(self, part: BinaryIO) -> Iterator[dict[str, Any]]:
        for line, whole in _lines(part):
            record = _parse(line) if whole else None
            if record is None:
                self.unparsable += 1
            else:
                yield record


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        # Some editors begin a file with a mark; the record behind it is whole.
        return msgspec.json.decode(line.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _open_log(path: Path) -> int:
    fd = open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW)
    sync_folder(path.parent)
    return fd


def _is_current(fd: int, path: Path) -> bool:
    """Whether the descriptor still is the file at that path: it may have been rotated away."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def _end_of_last_line(fd: int, size: int) -> int:
    """The offset behind the last line end; 0 if there is none."""
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(fd, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _lines(part: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Complete lines; one longer than MAX_LINE comes once, cut and marked False."""
    while line := part.readline(MAX_LINE):
        if line.endswith(b"\n"):
            yield line, True
            continue
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = part.readline(MAX_LINE)
        if rest:
            yield line, False
