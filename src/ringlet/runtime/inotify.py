"""Linux tells what happens in folders: its inotify, without a thread and without waiting.

An event is there as soon as the write that caused it has returned, so whoever reads all events
before looking at files knows of everything that was written until then.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import cache
from typing import Final, NamedTuple

MODIFY: Final = 0x2
ATTRIB: Final = 0x4
MOVED_FROM: Final = 0x40
MOVED_TO: Final = 0x80
CREATE: Final = 0x100
DELETE_SELF: Final = 0x400
MOVE_SELF: Final = 0x800
UNMOUNT: Final = 0x2000
OVERFLOW: Final = 0x4000
IGNORED: Final = 0x8000
IS_FOLDER: Final = 0x4000_0000
_ONLY_FOLDERS: Final = 0x100_0000
_NO_LINKS: Final = 0x200_0000
_ADD_TO_MASK: Final = 0x2000_0000
_HEAD: Final = struct.Struct("iIII")
_BUFFER: Final = 1 << 16
_LIMIT: Final = "/proc/sys/fs/inotify/max_user_watches"
_USUAL_LIMIT: Final = 8192


class Event(NamedTuple):
    """`watch` is what `add` returned, -1 if events were lost; `name` is empty for the folder."""

    watch: int
    mask: int
    name: str


class Inotify:
    """One queue of events. Raises OSError where there is no inotify, or no more of it."""

    def __init__(self) -> None:
        libc = _library()
        self.fd = _checked(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._libc = libc

    def add(self, folder: str, mask: int) -> int:
        """Watch a folder, but no link to one; what it was watched for before stays so."""
        flags = mask | _ONLY_FOLDERS | _NO_LINKS | _ADD_TO_MASK
        return _checked(self._libc.inotify_add_watch(self.fd, os.fsencode(folder), flags))

    def remove(self, watch: int) -> None:
        """Watch it no more. One that is gone already is no error."""
        self._libc.inotify_rm_watch(self.fd, watch)

    def read(self) -> list[Event]:
        """What happened since the last time; nothing if nothing did."""
        found: list[Event] = []
        while True:
            try:
                data = os.read(self.fd, _BUFFER)
            except BlockingIOError:
                return found
            position = 0
            while position < len(data):
                watch, mask, _, length = _HEAD.unpack_from(data, position)
                position += _HEAD.size + length
                name = data[position - length : position].rstrip(b"\0")
                found.append(Event(watch, mask, os.fsdecode(name)))

    def close(self) -> None:
        """Let go of everything."""
        os.close(self.fd)


def most_watches() -> int:
    """How many folders one user may watch, all programs together."""
    try:
        with open(_LIMIT, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return _USUAL_LIMIT


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "inotify_init1"):
        raise OSError(errno.ENOSYS, "this system has no inotify")
    return library


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
