"""The umask: what we make is ours alone, what programs make that we start is the user's affair.

A strange one (0777, 0200) would keep ourselves out of what we make; a generous one lets others in
where a library makes the file. So our processes work with a strict one of their own.
"""

from __future__ import annotations

import os

_PRIVATE = 0o077
_theirs = -1


def be_private() -> None:
    """From now on only we get at what this process makes."""
    global _theirs
    found = os.umask(_PRIVATE)
    if _theirs < 0:
        _theirs = found


def give_back() -> None:
    """Work with the umask that this process was started with, as its children will."""
    if _theirs >= 0:
        os.umask(_theirs)


def theirs() -> int:
    """The umask for programs that are started for the user; -1: that of this process."""
    return _theirs
