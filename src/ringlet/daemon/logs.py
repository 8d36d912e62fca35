"""The daemon's log: JSON lines in one rotated file, with every known secret blotted out."""

from __future__ import annotations

import errno
import logging
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ringlet.commands.following import LEVELS, tell
from ringlet.daemon.redaction import Redactor
from ringlet.store.quarantine import Quarantine
from ringlet.wire.encoding import encode

_ROTATE_BYTES: Final = 5 << 20
_KEPT: Final = 3
_NO_FILE: Final = {errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.EACCES}


class JsonLog(logging.Handler):
    """Writes one JSON object a line; rotates to .1, .2, … when the file is full.

    The file is 0600 from the first byte. A full disk loses log lines, never the daemon.
    """

    def __init__(self, path: Path, redactor: Redactor, quarantine: Quarantine) -> None:
        super().__init__()
        self._path = path
        self._redactor = redactor
        self._quarantine = quarantine
        self._fd = -1
        self.reopen()

    @property
    def file(self) -> str:
        """Where it writes."""
        return str(self._path)

    def reopen(self) -> None:
        """Open the file anew, as after SIGHUP when somebody else has moved it."""
        try:
            fd = self._open()
        except OSError as error:
            reason = f"is no file to write to ({error.strerror or error})"
            if error.errno not in _NO_FILE:  # a full disk, say: the file itself is all right
                self._quarantine.report(f"{self._path} {reason}")
                return
            self._quarantine.put(self._path, reason)
            fd = self._open()
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._path, flags, 0o600)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._fd < 0:
                self.reopen()
            line = self._render(record)
            if os.fstat(self._fd).st_size + len(line) > _ROTATE_BYTES:
                self._rotate()
            os.write(self._fd, line)
        except OSError:
            pass

    def _render(self, record: logging.LogRecord) -> bytes:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redactor.clean(record.getMessage()),
        }
        if record.exc_info and record.exc_info[1]:
            trace = "".join(traceback.format_exception(record.exc_info[1]))
            entry["trace"] = self._redactor.clean(trace)
        return encode(entry) + b"\n"

    def _rotate(self) -> None:
        for number in range(_KEPT, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path.with_name(f"{self._path.name}.{number - 1}")
            if number == 1:
                newer = self._path
            if newer.exists():
                newer.replace(older)
        self.reopen()


class FollowerLog(logging.Handler):
    """Hands records to whoever follows the command that they come from."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def emit(self, record: logging.LogRecord) -> None:
        text = self._redactor.clean(record.getMessage())
        tell(record.levelno, f"{record.levelname.lower()}: {record.name}: {text}")


def open_log(folder: Path, level: str, redactor: Redactor, quarantine: Quarantine) -> JsonLog:
    """Send the log of the whole process to `ringletd.log` in `folder`, which must exist."""
    handler = JsonLog(folder / "ringletd.log", redactor, quarantine)
    link = folder / "daemon.log"
    if link.exists() and not link.is_symlink():
        quarantine.put(link, "stood where the link to the log belongs")
    if not link.is_symlink():
        link.symlink_to("ringletd.log")
    handler.setLevel(LEVELS[level])
    root = logging.getLogger()
    root.handlers[:] = [handler, FollowerLog(redactor)]
    root.setLevel(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    return handler
