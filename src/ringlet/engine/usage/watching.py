"""Be woken when an agent writes, and by nothing else, on systems that have no inotify.

Folders that an agent has not made yet are waited for: until then the nearest folder above them
that exists is watched, alone, not what is below it.

The observer calls its handlers with its own lock held, and wants that lock for every change of
the watches. So a handler here only tells; whoever reads next arranges the watches anew.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

_log = logging.getLogger(__name__)
# Not the opening and closing of files: our own reading must not wake us.
_EVENTS: Final[list[type[FileSystemEvent]]] = [
    DirCreatedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class Watcher(FileSystemEventHandler):
    """Calls `woken`, in a thread of its own, when anything below the watched folders changes.

    It is called as well when a folder appears that was waited for: the next `watch` watches it.
    """

    def __init__(self, woken: Callable[[], None]) -> None:
        self._woken = woken
        self._lock = threading.Lock()
        self._observer: BaseObserver | None = None
        self._watches: dict[tuple[Path, bool], ObservedWatch] = {}
        self._roots: dict[Path, Path] = {}
        self._closed = False

    def watch(self, roots: Iterable[tuple[Path, Path]]) -> None:
        """Watch so many folders, each with the home that it is in; earlier ones are let go."""
        with self._lock:
            self._roots = {home / root: home for home, root in roots}
            self._arrange()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Something changed. Takes no lock: see the module."""
        path = os.fsdecode(event.dest_path or event.src_path)
        on_the_way = event.is_directory and any(_is_within(str(root), path) for root in self._roots)
        if on_the_way or any(_is_within(path, str(root)) for root in self._roots):
            self._woken()

    def close(self) -> None:
        """Watch nothing any more."""
        with self._lock:
            self._closed = True
            observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(5.0)

    def _arrange(self) -> None:
        """Have exactly the watches that the folders of now call for.

        A folder can appear just before the one above it is watched: so look until nothing changes.
        """
        wanted: set[tuple[Path, bool]] = set()
        while not self._closed and (now := self._wanted()) != wanted:
            wanted = now
            for place in self._watches.keys() - wanted:
                self._drop(place)
            for place in wanted - self._watches.keys():
                self._add(place)

    def _wanted(self) -> set[tuple[Path, bool]]:
        nearest = [_nearest(root, home) for root, home in self._roots.items()]
        return {place for place in nearest if place is not None}

    def _observing(self) -> BaseObserver:
        """The observer, started when there is something to watch: it costs a thread."""
        if self._observer is None:
            self._observer = Observer()
            self._observer.daemon = True
            self._observer.start()
        return self._observer

    def _add(self, place: tuple[Path, bool]) -> None:
        path, recursive = place
        try:
            self._watches[place] = self._observing().schedule(
                self, str(path), recursive=recursive, event_filter=_EVENTS
            )
        except OSError as error:  # no watches left: questions still look for themselves
            _log.warning("%s cannot be watched: %s", path, error)

    def _drop(self, place: tuple[Path, bool]) -> None:
        watch = self._watches.pop(place)
        if self._observer is not None:
            try:
                self._observer.unschedule(watch)
            except (KeyError, OSError) as error:
                _log.debug("%s was not watched any more: %s", place[0], error)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _nearest(root: Path, home: Path) -> tuple[Path, bool] | None:
    """What to watch for a root: itself and all below, else the nearest folder above it alone."""
    if root.is_dir() and not root.is_symlink():
        return root, True
    for folder in root.parents:
        if folder.is_dir():
            return folder, False
        if folder == home:
            break
    return None
