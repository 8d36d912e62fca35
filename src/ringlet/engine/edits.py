"""Documents that somebody edits: private files for as long as that lasts."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.paths import Paths

_LARGEST: Final = 1 << 20


class Edits:
    """Lends files to editors. Each has a folder of its own, where editors leave their traces."""

    def __init__(self, *, paths: Paths) -> None:
        self._folder = paths.cache / "edits"

    async def open(self, name: str, text: str) -> Path:
        """A new file with the text."""
        return await asyncio.to_thread(self._open, name, text)

    async def read(self, path: Path) -> bytes:
        """What is in the file now."""
        data = await asyncio.to_thread(read_bounded, path, _LARGEST)
        if data is None:
            raise RingletError(ErrorCode.STORAGE_ERROR, f"{path} is gone; nothing was changed")
        return data

    async def close(self, path: Path) -> None:
        """Remove the file and what lies beside it."""
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)

    def _open(self, name: str, text: str) -> Path:
        ensure_private_dir(self._folder)
        path = Path(tempfile.mkdtemp(dir=self._folder)) / name
        write_atomic(path, text.encode(errors="surrogateescape"))
        return path
