"""Hear of what agents write: by inotify where there is one, else by what `watchdog` finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from ringlet.engine.usage.noticing import Noticer, Root


class Watching(Protocol):
    """Watches folders of homes. All but `close` block, in any thread.

    If it watches `many`, a watch costs next to nothing.
    """

    @property
    def many(self) -> bool: ...

    def watch(self, roots: Iterable[Root]) -> None:
        """From now on watch these folders, each below a home, and no others."""
        ...

    def news(self, home: Path, root: str) -> set[str] | None:
        """See `Noticer.news`."""
        ...

    async def close(self) -> None: ...


def start_watching(woken: Callable[[], None]) -> Watching:
    """Calls `woken` in the running loop whenever there may be something to read."""
    loop = asyncio.get_running_loop()
    try:
        return _Noticing(Noticer(woken), loop)
    except OSError:  # another system, or so many programs that watch something
        return _Observing(woken, loop)


class _Noticing:
    many = True

    def __init__(self, noticer: Noticer, loop: asyncio.AbstractEventLoop) -> None:
        self._noticer = noticer
        self._loop = loop
        self.watch = noticer.watch
        self.news = noticer.news
        loop.add_reader(noticer.fd, noticer.hear)

    async def close(self) -> None:
        self._loop.remove_reader(self._noticer.fd)
        self._noticer.close()


class _Observing:
    many = False

    def __init__(self, woken: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        from ringlet.engine.usage.watching import Watcher

        def tell() -> None:
            loop.call_soon_threadsafe(woken)

        self._watcher = Watcher(tell)

    def watch(self, roots: Iterable[Root]) -> None:
        self._watcher.watch((home, Path(root)) for home, root in roots)

    def news(self, home: Path, root: str) -> set[str] | None:
        return None

    async def close(self) -> None:
        await asyncio.to_thread(self._watcher.close)
