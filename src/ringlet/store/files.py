"""Files and folders that only their owner may read, replaced in one step or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import (
    open_regular,
    read_all,
    remove_leftover,
    replace_at,
    storage_error,
)
from ringlet.store.instance import make_private


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace the file, durably; after any failure or kill it is whole, old or new.

    The folder must exist. Raises STORAGE_ERROR that names the path and the reason.
    """
    try:
        with _open_folder(path.parent) as folder:
            replace_at(folder, path.name, data, mode)
    except OSError as error:
        raise storage_error("write", path, error) from error


def read_bounded(path: Path, limit: int) -> bytes | None:
    """The bytes of a regular file, None if there is no such file.

    Raises STORAGE_ERROR if it is something else, cannot be read, or holds more than `limit` bytes.
    """
    try:
        return read_all(open_regular(path, os.O_RDONLY), limit)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error("read", path, error) from error


def ensure_private_dir(path: Path, *, tighten: bool = False) -> None:
    """Make the folder, and missing ones above it, with mode 0700 from the start.

    One that exists must be a folder of ours; with `tighten` it becomes 0700. Raises
    STORAGE_ERROR.
    """
    try:
        make_private(str(path))
        owner = path.lstat().st_uid  # of the link, if it is one: whoever made it steers us
        with _open_folder(path) as folder:
            found = os.fstat(folder)
            if {owner, found.st_uid} != {os.geteuid()}:
                raise RingletError(
                    ErrorCode.STORAGE_ERROR,
                    f"{path} belongs to another user (uid {found.st_uid}, link of uid {owner})",
                    hint="Remove it, or choose a place of your own.",
                )
            if tighten and stat.S_IMODE(found.st_mode) != 0o700:
                os.fchmod(folder, 0o700)
    except OSError as error:
        raise storage_error("use the folder", path, error) from error


def ensure_public_dir(path: Path) -> None:
    """Make the folder, and missing ones above it, so that others may look into it (0755).

    Raises OSError.
    """
    if path.is_dir():
        return
    ensure_public_dir(path.parent)
    path.mkdir(0o700, exist_ok=True)
    path.chmod(0o755)  # exactly, whatever the umask


def set_aside(path: Path, folder: Path) -> Path:
    """Move a damaged file (or folder) into `folder` as `<name>.<UTC time>`; returns its new path.

    Nothing is overwritten: a placeholder holds the new name before the move. Both places must be
    on one file system. Raises STORAGE_ERROR.
    """
    ensure_private_dir(folder)
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
        target = reserve(folder, path.name, is_folder=is_folder)
        try:
            path.rename(target)
        except OSError:
            target.rmdir() if is_folder else target.unlink()
            raise
    except OSError as error:
        raise storage_error("set aside", path, error) from error
    return target


def reserve(folder: Path, name: str, *, is_folder: bool = False) -> Path:
    """Create `<name>.<UTC time>` in `folder`, empty and private, under a name not yet taken."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    for suffix in ("", *(f".{number}" for number in range(1, 1000))):
        target = folder / f"{name}.{stamp}{suffix}"
        try:
            if is_folder:
                target.mkdir(0o700)
            else:
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        return target
    raise OSError(errno.EEXIST, f"no free name for {name} in {folder}")


def sweep_leftovers(folder: Path) -> int:
    """Remove temporary files that a killed process of ours left; returns how many."""
    try:
        with _open_folder(folder) as descriptor:
            return sum(remove_leftover(descriptor, name) for name in os.listdir(descriptor))
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise storage_error("tidy", folder, error) from error


@contextmanager
def _open_folder(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)
