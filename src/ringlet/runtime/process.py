"""One process: who it is, how it is signalled and awaited, and what protects our own.

A number alone names no process, since numbers are used again; a number with a start time does.
The command line imports this module, so it stays light.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import sys
import time

from ringlet.runtime import processtable
from ringlet.runtime.light import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # the same functions without the enumerations

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.02


class Process(NamedTuple):
    """The identity of a process: its id, and its start as `start_time` gives it."""

    pid: int
    start: float


def start_time(pid: int) -> float | None:
    """When the process started, in the system's own count; None if there is no such process."""
    found = processtable.row(pid)
    return found.start if found else None


def is_alive(pid: int, start_time: float) -> bool:
    """Whether exactly this process still runs; one that only waits to be collected does not."""
    found = processtable.row(pid)
    return found is not None and found.start == start_time and found.state not in "ZX"


def send(process: Process, number: int) -> bool:
    """Signal exactly this process; False if it is gone or belongs to someone else."""
    try:
        if sys.platform == "linux":
            handle = os.pidfd_open(process.pid)
            try:
                if not is_alive(*process):
                    return False
                signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)
        elif is_alive(*process):
            os.kill(process.pid, number)
        else:
            return False
    except (ProcessLookupError, PermissionError):
        return False
    return True


def await_end(process: Process, deadline: float) -> bool:
    """Block until the process has ended; False if `deadline` (monotonic, seconds) came first."""
    if sys.platform == "linux":
        try:
            handle = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return True
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            while is_alive(*process) and (left := deadline - time.monotonic()) > 0:
                poll.poll(left * 1000)
        finally:
            os.close(handle)
    else:
        while is_alive(*process) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
    return not is_alive(*process)


def become_subreaper() -> None:
    """Adopt the orphans of our descendants in place of process 1. Linux only, else nothing."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def harden() -> None:
    """Keep our memory from other programs of the same user: no core dumps, no tracing (Linux)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        none = ctypes.c_ulong(0)
        if libc.prctl(option, ctypes.c_ulong(value), none, none, none) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
