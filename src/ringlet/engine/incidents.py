"""What no use case foresaw, as an error that people can act on.

The machine's faults (no descriptors, a full disk) keep their own words; a defect of Ringlet gets
a number, under which the log tells all about it.
"""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import advice
from ringlet.store.instance import InstanceError
from ringlet.store.paths import Paths

_REPORT: Final = "Report it, with what the log says about that number."


def translate(error: Exception, log: logging.Logger, doing: str) -> RingletError:
    """The error to answer with; `doing` says in the log what was asked for."""
    if isinstance(error, RingletError):
        return error
    if isinstance(error, InstanceError):
        return RingletError(ErrorCode.DAEMON_UNREACHABLE, str(error))
    if isinstance(error, UnicodeEncodeError):
        log.warning("%s: text that is not UTF-8", doing, exc_info=error)
        return RingletError(
            ErrorCode.INVALID_REQUEST,
            "A name or value is not UTF-8 text, so it cannot be kept",
            hint="Rename the file or folder, or leave that value out.",
        )
    number = os.urandom(4).hex()
    file = _write_down(log, number, doing, error)
    if isinstance(error, OSError):
        place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        message = f"{place}{error.strerror or type(error).__name__}"
        return RingletError(ErrorCode.STORAGE_ERROR, message, hint=advice(error))
    if isinstance(error, ImportError):
        return RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"A part of Ringlet cannot be loaded: {error}",
            hint="Raise the limit of open files (ulimit -n 1024); else install Ringlet anew.",
        )
    if isinstance(error, MemoryError):
        hint = "Close other programs, or raise the limit with: ulimit -v unlimited"
        return RingletError(ErrorCode.STORAGE_ERROR, "There is not enough memory", hint=hint)
    where = f"; see the log: {file}" if file else f" ({_spot(error)}), and no log can be written"
    return RingletError(ErrorCode.INTERNAL, f"Internal error {number}{where}", hint=_REPORT)


def _write_down(log: logging.Logger, number: str, doing: str, error: Exception) -> str:
    """Log the error under its number; returns the file, "" if there is none."""
    root = logging.getLogger()
    if not root.handlers:  # a command that no daemon runs
        root.addHandler(_OwnLog(Paths.find(os.environ).logs / "ringlet.log"))
    foreign = isinstance(error, OSError | MemoryError | ImportError)
    level = logging.WARNING if foreign else logging.ERROR
    log.log(level, "incident %s: %s", number, doing, exc_info=error)
    return str(getattr(root.handlers[0], "file", ""))


def _spot(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f", {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


class _OwnLog(logging.Handler):
    """A text file beside the daemon's log, made when there is something to write."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.WARNING)
        self._path = path
        self.file = ""

    def emit(self, record: logging.LogRecord) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            fd = os.open(self._path, flags, 0o600)
            try:
                os.write(fd, f"{self.format(record)}\n".encode(errors="backslashreplace"))
            finally:
                os.close(fd)
            self.file = str(self._path)
        except OSError:
            self.file = ""
