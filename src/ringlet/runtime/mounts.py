"""Which file system a folder is on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

_MOUNTS: Final = "/proc/self/mountinfo"
# File systems on which nobody but this machine writes, so that it hears of every change.
_LOCAL: Final = {
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs",
    "tmpfs", "xfs", "zfs",
}  # fmt: skip


def is_local(folder: str) -> bool:
    """Whether the folder is on a file system of this machine's own; False if nobody knows."""
    path = os.path.realpath(folder)
    kind, longest = "", -1
    for point, name in _mounts():
        inside = point == "/" or path == point or path.startswith(f"{point}/")
        if inside and len(point) >= longest:  # of two on one point the later one is seen
            kind, longest = name, len(point)
    return kind in _LOCAL


def points() -> frozenset[str]:
    """Where something is mounted, as far as the system tells."""
    return frozenset(point for point, _ in _mounts())


def _mounts() -> Iterator[tuple[str, str]]:
    """Where something is mounted, and what kind of file system."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError:
        return
    for line in lines:
        mount, _, system = line.partition(" - ")
        point = mount.split(" ")[4]
        for code in ("040", "011", "012", "134"):  # a blank, a tab, a line end, a backslash
            point = point.replace(f"\\{code}", chr(int(code, 8)))
        yield point, system.split(" ")[0]
