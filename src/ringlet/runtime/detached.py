"""A program that the daemon starts without a terminal, and that goes on when the daemon ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from ringlet.store import umask


@dataclass(frozen=True, slots=True)
class Ending:
    """Exit code (negative: the signal that ended it), and what it and its tools have used."""

    code: int
    cpu_seconds: float
    peak_memory_bytes: int


class Detached:
    """A child in a session of its own.

    Not one of asyncio's children: those are killed with the loop, and tell nothing of what they
    used. Its end is awaited by a thread, since `wait4` is the only way to both.
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        loop = asyncio.get_running_loop()
        self.pid = child.pid
        self.ending: asyncio.Future[Ending] = loop.create_future()
        threading.Thread(
            target=_await, args=(child, loop, self.ending), name=f"run {child.pid}", daemon=True
        ).start()

    @classmethod
    async def start(cls, argv: Sequence[str], *, environ: Mapping[str, str], cwd: str) -> Self:
        """Start it with exactly that environment; raises OSError or ValueError if that fails."""
        child = await asyncio.to_thread(
            subprocess.Popen,
            argv,
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            umask=umask.theirs(),
        )
        return cls(child)


def _await(
    child: subprocess.Popen[bytes],
    loop: asyncio.AbstractEventLoop,
    ending: asyncio.Future[Ending],
) -> None:
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # nobody else has to collect it
    # ru_maxrss is in KiB, but in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    found = Ending(child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)
    with suppress(RuntimeError):  # the daemon is gone: the next one records the run
        loop.call_soon_threadsafe(_tell, ending, found)


def _tell(ending: asyncio.Future[Ending], found: Ending) -> None:
    if not ending.cancelled():
        ending.set_result(found)
