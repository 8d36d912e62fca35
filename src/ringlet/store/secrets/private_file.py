"""Secrets in files of the user's own, which nobody else may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.descriptors import open_regular, read_all, storage_error
from ringlet.store.secrets.contract import MAX_SECRET_BYTES


def read_private(name: str) -> Secret:
    """The text in the file, without line ends at its end. Blocks; raises SECRET_UNAVAILABLE."""
    path = Path(name)
    try:
        text = read_all(open_private(path, what="file"), MAX_SECRET_BYTES).decode()
    except FileNotFoundError:
        raise _unusable(f"there is no file {path}") from None
    except UnicodeDecodeError:
        raise _unusable(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise storage_error("read", path, error) from error
    text = text.rstrip("\r\n")
    if not text or "\0" in text:
        raise _unusable(f"{path} {'holds a NUL' if text else 'is empty'}")
    return Secret(text)


def open_private(path: Path, *, what: str) -> int:
    """Open a file, unless another user made it or can read it; OSError or SECRET_UNAVAILABLE."""
    fd = open_regular(path, os.O_RDONLY)
    if not _is_private(os.fstat(fd)):
        os.close(fd)
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE,
            f"The {what} {path} belongs to, or can be read by, other users",
            hint=f"Make it your own and private: chmod 600 {path}",
        )
    return fd


def _is_private(found: os.stat_result) -> bool:
    if found.st_uid == os.geteuid():
        return not stat.S_IMODE(found.st_mode) & 0o077
    return found.st_uid == 0  # handed to us by the system's owner


def _unusable(message: str) -> RingletError:
    return RingletError(ErrorCode.SECRET_UNAVAILABLE, message)
