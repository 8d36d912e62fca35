"""The transcript of the demo agent."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringlet.domain.errors import ErrorCode, RingletError


class History:
    """A JSON line per message: `timestamp` (UTC), `session`, `cwd` and the `message` itself.

    Messages of the model hold `id`, `model` and `usage` as the provider sent them. The file
    has mode 0600 and its folder 0700.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session = str(uuid.uuid4())

    def append(self, message: dict[str, Any], cwd: Path) -> None:
        """Add one message; raises RingletError if the file cannot be written."""
        line = {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "session": self._session,
            "cwd": str(cwd),
            "message": message,
        }
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._path, flags, 0o600)
            try:
                os.write(file, json.dumps(line).encode() + b"\n")
            finally:
                os.close(file)
        except OSError as error:
            raise RingletError(
                ErrorCode.STORAGE_ERROR,
                f"The transcript {self._path} cannot be written ({error.strerror or error})",
                hint="Check that HOME is a folder that you may write to.",
            ) from error
