"""A lock file beside a file that is read, changed and replaced."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import open_regular, storage_error

_PAUSE: Final = 0.01


@contextmanager
def side_lock(path: Path, *, time_limit: float = 10.0) -> Iterator[None]:
    """Hold the lock alone among all processes and threads; TIMEOUT after `time_limit` seconds.

    Blocks: call it in a thread. The lock ends with the process, however that ends.
    """
    try:
        fd = open_regular(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    except OSError as error:
        raise storage_error("lock", path, error) from error
    try:
        _take(fd, path, time.monotonic() + time_limit)
        yield
    finally:
        os.close(fd)


def _take(fd: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise RingletError(
                    ErrorCode.TIMEOUT, f"Another process holds {path} for too long"
                ) from None
            time.sleep(_PAUSE)
        else:
            return
