"""Keep no more memory than is used, where the C library is glibc."""

from __future__ import annotations

import ctypes
import gc
from typing import Final

_ARENA_MAX: Final = -8


def use_one_heap() -> None:
    """Let all threads share a heap: each one of its own would keep what it once needed.

    Threads that run Python take turns anyway.
    """
    _call("mallopt", _ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have all pages with nothing in them. It takes some 10 ms."""
    gc.collect()
    _call("malloc_trim", 0)


def _call(name: str, *numbers: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*numbers)
