"""What a process holds, measured over time, and whether it grows."""

from __future__ import annotations

import itertools
import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

# The ledger and the logs grow with what happened; that is what they are for.
_GROWING: Final = ("usage.db", "usage.db-wal", "usage.db-shm")
_GROWING_FOLDERS: Final = ("logs",)


class Figures(NamedTuple):
    """One look at a daemon. `age` is that of the soak in seconds, `memory` PSS in KiB."""

    age: float
    memory: int
    descriptors: int
    threads: int
    files: int


class Growth(NamedTuple):
    """How a figure developed: its median, and what the slope comes to over the whole time."""

    median: float
    grown: float


def look(pid: int, folders: Iterable[Path], age: float) -> Figures | None:
    """The figures of a process and of what lies in the folders; None if the process is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        memory = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except (OSError, StopIteration):
        return None
    return Figures(age, memory, descriptors, threads, sum(map(_count, folders)))


def growths(looks: Sequence[Figures]) -> dict[str, Growth]:
    """The growth of each figure, by the median of all slopes, which no single outlier moves."""
    return {
        name: _growth([(figures.age, float(getattr(figures, name))) for figures in looks])
        for name in Figures._fields[1:]
    }


def _growth(points: Sequence[tuple[float, float]]) -> Growth:
    pairs = itertools.combinations(points, 2)
    slopes = [(later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in pairs]
    duration = points[-1][0] - points[0][0]
    return Growth(statistics.median(y for _, y in points), statistics.median(slopes) * duration)


def _count(folder: Path) -> int:
    count = 0
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _GROWING_FOLDERS]
        count += sum(name not in _GROWING for name in files)
        count += sum(os.path.islink(os.path.join(where, name)) for name in folders)
    return count
