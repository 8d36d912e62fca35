"""On which kind of file system the ledger lies.

A write-ahead log needs memory that all who use the file share, which no network file system has.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs", "lustre",
    "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs",
    "vmhgfs",
})  # fmt: skip
_LOCAL_FUSE: Final = frozenset({"fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuse.lxcfs"})


def is_shared(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Whether the file lies on a network file system; False where nobody can tell."""
    try:
        real = path.resolve()
        place = real if real.exists() else real.parent
        device = os.stat(place).st_dev
        lines = mounts.read_bytes().splitlines()
    except (OSError, RuntimeError):  # no /proc, or a link that leads to itself
        return False
    return _is_network(_kind(lines, str(place), f"{os.major(device)}:{os.minor(device)}"))


def _kind(lines: list[bytes], place: str, device: str) -> str:
    """The type of the mount that holds the place: the deepest, and of those the last."""
    found, depth = "", -1
    for line in lines:
        fields = line.decode("utf-8", "surrogateescape").split(" ")
        if "-" not in fields[6:]:
            continue
        point, kind = _plain(fields[4]), fields[fields.index("-", 6) + 1]
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        # A file system that is mounted over reports its own number; subvolumes have others.
        rank = len(point) + (1 << 20 if fields[2] == device else 0)
        if inside and rank >= depth:
            found, depth = kind, rank
    return found


def _is_network(kind: str) -> bool:
    return kind in _NETWORK or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE)


def _plain(point: str) -> str:
    """A mount point without the octal numbers that stand for blanks and the like."""
    for mark, text in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(mark, text)
    return point
