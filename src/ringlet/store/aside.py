"""Blocking work on what others own, where it cannot keep anybody else waiting.

A file system that hangs (a dead server, a stopped FUSE process) holds a thread for as long as it
likes. In asyncio's pool a few of those would starve everything; here they hold up only each other,
and threads that never come back do not keep the daemon from ending.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")

_MOST_AT_ONCE: Final = 32
_places: Final = WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]()


async def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a function that may hang, run in a thread of its own.

    Whoever stops waiting leaves the thread behind; its place is free again when it returns.
    """
    loop = asyncio.get_running_loop()
    places = _places.setdefault(loop, asyncio.Semaphore(_MOST_AT_ONCE))
    await places.acquire()
    done: concurrent.futures.Future[T] = concurrent.futures.Future()
    context = contextvars.copy_context()

    def run() -> None:
        done.set_running_or_notify_cancel()
        try:
            done.set_result(context.run(work, *args, **kwargs))
        except BaseException as error:  # it belongs to whoever waits, like the result
            done.set_exception(error)
        try:
            loop.call_soon_threadsafe(places.release)
        except RuntimeError:
            pass  # the loop has ended meanwhile

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await asyncio.wrap_future(done)
