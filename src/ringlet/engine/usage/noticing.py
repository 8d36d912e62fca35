"""Know which files may have changed, without looking at any of them.

Whoever wants to know has all events read first, so nothing that was written before is missed. Where
that cannot be promised, the answer is that anything may have changed: a folder on a network, no
watches left, lost events, folders that were moved. And so it is every few minutes in any case, for
what no folder tells of: files that are written under another name, or through a mapping.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from ringlet.runtime import inotify
from ringlet.runtime.mounts import is_local

_log = logging.getLogger(__name__)
# Also what could not be read and now can be: permissions are attributes.
_WRITTEN: Final = inotify.MODIFY | inotify.CREATE | inotify.MOVED_TO | inotify.ATTRIB
_MOVED: Final = inotify.CREATE | inotify.MOVED_TO | inotify.MOVED_FROM | inotify.ATTRIB
_ABOVE: Final = _MOVED | inotify.DELETE_SELF | inotify.MOVE_SELF
_DEEPEST: Final = 12
_TRUST: Final = 600.0  # seconds

Root = tuple[Path, str]
_Place = tuple[int, int]


@dataclass(slots=True, eq=False)
class _Tree:
    """The files below a folder of a home; `changed` are paths below the home.

    It is `known` while each folder has a watch, and each one above it up to the home: what is not
    there yet appears in one of these. `place` tells the home from another one in its place, for
    nothing tells when a folder above it is moved. `looked` and `failed` are times of the monotonic
    clock.
    """

    home: str
    root: str
    known: bool = False
    place: _Place | None = None
    changed: set[str] = field(default_factory=set)
    watches: set[int] = field(default_factory=set)
    looked: float = 0.0
    failed: float = -_TRUST


class _Use(NamedTuple):
    """What a watch is for: a folder of a tree, or the one thing that matters in a folder above."""

    tree: _Tree
    folder: str
    matters: str = ""


class Noticer:
    """Calls `woken` when something was written; `fd` is readable then, and `hear` is to be called.

    `hear` returns at once. All else blocks, and may be called in any thread.
    """

    def __init__(self, woken: Callable[[], None]) -> None:
        self._woken = woken
        self._inotify = inotify.Inotify()
        self._most = inotify.most_watches() // 2  # other programs want some, too
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._events: list[inotify.Event] = []
        self._trees: dict[Root, _Tree] = {}
        self._uses: dict[int, list[_Use]] = {}
        self._local: dict[int, bool] = {}

    @property
    def fd(self) -> int:
        """Readable when something happened."""
        return self._inotify.fd

    def hear(self) -> None:
        """Take note of what happened; `woken` is called if it matters to any tree."""
        if any(not event.mask & inotify.IGNORED for event in self._take()):
            self._woken()

    def watch(self, roots: Iterable[Root]) -> None:
        """Take note of all that was written until now below these folders, and of nothing else."""
        wanted = set(roots)
        with self._lock:
            self._settle()
            for root in self._trees.keys() - wanted:
                self._release(self._trees.pop(root))
            for home, path in wanted - self._trees.keys():
                self._trees[home, path] = _Tree(str(home), path)
            places = {home: _place(home) for home in {tree.home for tree in self._trees.values()}}
            for tree in self._trees.values():
                tree.known = tree.known and tree.place == places[tree.home]

    def news(self, home: Path, root: str) -> set[str] | None:
        """Files below the folder that have changed, as was noted last; None if any may have.

        Their paths are relative to the home. What was told is not told again.
        """
        with self._lock:
            tree = self._trees.get((home, root))
            if tree is None:
                return None
            now = time.monotonic()
            if tree.known and now - tree.looked < _TRUST:
                changed, tree.changed = tree.changed, set()
                return changed
            if not tree.known and now - tree.failed >= _TRUST:
                self._cover(tree, now)
            tree.looked = now
            tree.changed.clear()
            return None

    def close(self) -> None:
        """Watch nothing any more."""
        with self._lock, self._reading:
            self._inotify.close()

    def _take(self) -> list[inotify.Event]:
        """Events that matter and nobody has heard of; whoever settles finds them noted down."""
        with self._reading:
            events = [event for event in self._inotify.read() if self._matters(event)]
            self._events += events
        return events

    def _matters(self, event: inotify.Event) -> bool:
        uses = self._uses.get(event.watch, ())
        return bool(event.mask & inotify.OVERFLOW) or any(_is_about(event, use) for use in uses)

    def _settle(self) -> None:
        """Bring all trees in line with what happened."""
        self._take()
        with self._reading:
            events, self._events = self._events, []
        for event in events:
            if event.mask & inotify.OVERFLOW:
                for tree in self._trees.values():
                    tree.known = False
            for use in tuple(self._uses.get(event.watch, ())):
                self._apply(event, use)
            if event.mask & inotify.IGNORED:
                for use in self._uses.pop(event.watch, ()):
                    use.tree.watches.discard(event.watch)

    def _apply(self, event: inotify.Event, use: _Use) -> None:
        tree, path = use.tree, f"{use.folder}/{event.name}".rstrip("/")
        if not _is_about(event, use):
            pass
        elif use.matters or event.mask & inotify.UNMOUNT:
            tree.known = False
        elif not event.mask & _WRITTEN:
            pass  # what is gone needs no look
        elif event.mask & inotify.IS_FOLDER:
            tree.known = tree.known and self._add(tree, path)
        else:
            tree.changed.add(path)

    def _cover(self, tree: _Tree, now: float) -> None:
        """Watch everything in a tree and above it, or note that this cannot be done."""
        self._release(tree)
        tree.place = _place(tree.home)
        tree.known = self._watch_above(tree)
        if not tree.known:
            self._release(tree)
            tree.failed = now

    def _watch_above(self, tree: _Tree) -> bool:
        folder = tree.home
        for name in tree.root.split("/"):
            # First the watch, then the look: what appears in between is an event.
            if not self._watch(folder, _ABOVE, _Use(tree, "", name)):
                return False
            above, folder = folder, f"{folder}/{name}"
            if os.path.islink(folder) or not os.path.isdir(folder):
                return bool(tree.watches) and self._is_local(above)
        return self._is_local(folder) and self._add(tree, tree.root)

    def _is_local(self, folder: str) -> bool:
        try:
            device = os.stat(folder).st_dev
        except OSError:
            return False
        if device not in self._local:
            self._local[device] = is_local(folder)
        return self._local[device]

    def _add(self, tree: _Tree, path: str, depth: int = 0) -> bool:
        """Watch a folder and those below; its files may be news. Whether there are watches left."""
        if not self._watch(f"{tree.home}/{path}", _WRITTEN, _Use(tree, path)):
            return False
        for entry in _entries(f"{tree.home}/{path}"):
            if not entry.is_dir(follow_symlinks=False):
                tree.changed.add(f"{path}/{entry.name}")
            elif depth < _DEEPEST and not self._add(tree, f"{path}/{entry.name}", depth + 1):
                return False
        return True

    def _watch(self, folder: str, mask: int, use: _Use) -> bool:
        if len(self._uses) >= self._most:
            return False
        try:
            with self._reading:  # before an event is read, it is known whom it concerns
                watch = self._inotify.add(folder, mask)
                uses = self._uses.setdefault(watch, [])
                if use not in uses:
                    uses.append(use)
        except (FileNotFoundError, NotADirectoryError):
            return True  # it is gone again, and that is an event of the folder above
        except OSError as error:
            _log.warning("%s cannot be watched: %s", folder, error)
            return False
        use.tree.watches.add(watch)
        return True

    def _release(self, tree: _Tree) -> None:
        tree.known = False
        for watch in tree.watches:
            left = [use for use in self._uses.pop(watch, ()) if use.tree is not tree]
            if left:
                self._uses[watch] = left
            else:
                self._inotify.remove(watch)
        tree.watches.clear()


def _is_about(event: inotify.Event, use: _Use) -> bool:
    """Whether it is about a folder of the tree, or about what matters above it."""
    return not use.matters or event.name in ("", use.matters)


def _place(home: str) -> _Place | None:
    try:
        found = os.lstat(home)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        _log.debug("%s cannot be listed: %s", folder, error)
