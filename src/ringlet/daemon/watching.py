"""Hear of changed files at once, without ever waking up to look."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

_SETTLE_SECONDS: Final = 0.05  # an editor saves in several steps
_PATIENCE: Final = 5.0  # seconds for the watching thread to end; the process need not wait for it
_HEARD: Final = [FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileMovedEvent]


class Watcher:
    """Awaits `changed` with the paths of files that were written, moved or removed.

    Only files directly in the folders count. The watching thread sleeps in the kernel; `changed`
    is called in the loop, one call at a time.
    """

    def __init__(
        self, folders: Iterable[Path], changed: Callable[[set[Path]], Awaitable[None]]
    ) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._paths: set[Path] = set()
        self._woken = asyncio.Event()
        self._observer = Observer()
        handler = _Handler(self._hear)
        for folder in folders:
            self._observer.schedule(handler, str(folder), event_filter=_HEARD)
        self._observer.start()
        self._task = asyncio.create_task(self._deliver())

    async def close(self) -> None:
        """Stop hearing."""
        self._task.cancel()
        self._observer.stop()
        await asyncio.to_thread(self._observer.join, _PATIENCE)

    def _hear(self, path: str) -> None:
        """Called by the watching thread."""
        self._loop.call_soon_threadsafe(self._note, Path(path))

    def _note(self, path: Path) -> None:
        self._paths.add(path)
        self._woken.set()

    async def _deliver(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(_SETTLE_SECONDS)
            self._woken.clear()
            paths, self._paths = self._paths, set()
            await self._changed(paths)


class _Handler(FileSystemEventHandler):
    def __init__(self, hear: Callable[[str], None]) -> None:
        self._hear = hear

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                self._hear(os.fsdecode(path))
