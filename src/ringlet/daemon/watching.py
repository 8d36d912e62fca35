"""Hear of changed files at once, without ever waking up to look."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from ringlet.store.aside import aside

_SETTLE_SECONDS: Final = 0.05  # an editor saves in several steps
_PATIENCE: Final = 5.0  # seconds for the watching thread to end; the process need not wait for it
_HEARD: Final = [FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileMovedEvent]
_HEARD_ABOVE: Final = [
    *(DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
    *(FileCreatedEvent, FileDeletedEvent, FileMovedEvent),
]
Identity = tuple[int, ...]
_UNSURE: Final[Identity] = ()


class Watcher:
    """Awaits `changed` with the paths of files that were written, moved or removed.

    Only files directly in the folders count. The watching thread sleeps in the kernel; `changed`
    is called in the loop, one call at a time. A folder that was exchanged for another one is
    awaited by `replaced`. What the kernel does not tell, such as what a link leads to, is found
    by `look`, which costs a few calls of stat.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        changed: Callable[[set[Path]], Awaitable[None]],
        replaced: Callable[[Path], Awaitable[None]],
    ) -> None:
        self._changed = changed
        self._replaced = replaced
        self._loop = asyncio.get_running_loop()
        self._paths: set[Path] = set()
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._observer = Observer()
        self._inner = frozenset(folders)
        self._folders: dict[Path, Identity | None] = {
            folder: _identity(folder)
            for folder in (*{folder.parent for folder in self._inner}, *self._inner)
        }
        self._watches: dict[Path, ObservedWatch] = {}
        self._links: dict[Path, Identity | None] = {}
        for folder in self._folders:
            self._watch(folder)
        self._observer.start()
        self._task = asyncio.create_task(self._deliver())

    async def look(self) -> None:
        """Take over what has changed without a word of the kernel."""
        # What a link leads to may be on a disk that hangs.
        is_same = await aside(self._is_same) if self._links else self._is_same()
        if is_same:
            return
        async with self._turn:
            for folder, before in self._folders.items():
                now = _identity(folder)
                if now != before:
                    self._folders[folder] = now
                    try:
                        self._watch(folder)
                    except OSError:  # gone again, or no more watches: the next question looks
                        self._folders[folder] = _UNSURE
                    await self._replaced(folder)
            turned = {path for path, before in self._links.items() if _target(path) != before}
            if turned:
                await self._take_over(turned)

    async def close(self) -> None:
        """Stop hearing."""
        self._task.cancel()
        self._observer.stop()
        await asyncio.to_thread(self._observer.join, _PATIENCE)

    def _is_same(self) -> bool:
        return all(_identity(path) == before for path, before in self._folders.items()) and all(
            _target(path) == before for path, before in self._links.items()
        )

    def _watch(self, folder: Path) -> None:
        """Hear of what happens in the folder that is there now."""
        old = self._watches.pop(folder, None)
        if old is not None:
            with suppress(KeyError):  # its thread has ended with the folder
                self._observer.unschedule(old)
        if self._folders[folder] is not None:
            heard = _HEARD if folder in self._inner else _HEARD_ABOVE
            real = os.path.realpath(folder)  # a link itself would be watched, and not its folder
            handler = _Handler(self._hear, real, folder)
            self._watches[folder] = self._observer.schedule(handler, real, event_filter=heard)
        if folder in self._inner:
            self._note_links(folder)

    def _note_links(self, folder: Path) -> None:
        """Remember what the links in a folder lead to: of that the kernel says nothing."""
        self._links = {path: to for path, to in self._links.items() if path.parent != folder}
        with suppress(OSError), os.scandir(folder) as entries:
            found = [folder / entry.name for entry in entries if entry.is_symlink()]
            self._links |= {path: _target(path) for path in found}

    def _hear(self, path: Path) -> None:
        """Called by the watching thread."""
        self._loop.call_soon_threadsafe(self._note, path)

    def _note(self, path: Path) -> None:
        if path in self._inner:
            self._folders[path] = _UNSURE  # what is there now may have the number of what was
        if path in self._folders or path.parent in self._inner:
            self._paths.add(path)
            self._woken.set()

    async def _deliver(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(_SETTLE_SECONDS)
            self._woken.clear()
            paths, self._paths = self._paths, set()
            await self.look()
            if written := paths - self._folders.keys():
                async with self._turn:
                    await self._take_over(written)

    async def _take_over(self, paths: set[Path]) -> None:
        await self._changed(paths)
        for folder in {path.parent for path in paths} & self._inner:
            self._note_links(folder)


class _Handler(FileSystemEventHandler):
    """Tells of what is directly in the folder, by the path that it is known by."""

    def __init__(self, hear: Callable[[Path], None], real: str, folder: Path) -> None:
        self._hear = hear
        self._real = real
        self._folder = folder

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            above, name = os.path.split(os.fsdecode(path))
            if name and above == self._real:
                self._hear(self._folder / name)


def _identity(folder: Path) -> Identity | None:
    """Which folder is at a path, after all links; None if none is."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISDIR(found.st_mode) else None


def _target(link: Path) -> Identity | None:
    """The file that a link leads to, as it is now."""
    try:
        found = os.stat(link)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
