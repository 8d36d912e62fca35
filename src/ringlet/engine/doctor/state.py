"""What lies in Ringlet's own folders."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from ringlet.engine.doctor.findings import Finding, blocking
from ringlet.store.files import sweep_leftovers
from ringlet.store.paths import Paths

_PRIVATE: Final = 0o077
_MOST: Final = 50  # files that are open to others and are told
_FOLDERS: Final = 5_000
_SKIPPED: Final = ("agents", "probes")  # what npm installed, and scratch homes


class State:
    """Files that are damaged, open to others, or left over.

    `examine` has every store look at its files, `problems` is what they then report.
    """

    def __init__(
        self,
        *,
        paths: Paths,
        examine: Callable[[], Awaitable[None]],
        problems: Callable[[], list[str]],
    ) -> None:
        self._paths = paths
        self._examine = examine
        self._problems = problems

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Looks at every file of the configuration and the state folder."""
        await self._examine()
        found = await asyncio.to_thread(lambda: [*_some(self._open_files()), *self._leftovers()])
        found += [
            Finding("configuration", "error", problem, "Correct or restore the file.")
            for problem in self._problems()
        ]
        if any(finding.level != "ok" for finding in found):
            return found
        return [Finding("configuration", "ok", f"{self._paths.config} is whole and private")]

    def _open_files(self) -> Iterator[Finding]:
        for root in (self._paths.config, self._paths.state):
            for folder, names, files in islice(os.walk(root), _FOLDERS):
                names[:] = [name for name in names if name not in _SKIPPED]
                for path in (Path(folder), *(Path(folder, name) for name in files)):
                    yield from _open_to_others(path)

    def _leftovers(self) -> Iterator[Finding]:
        for folder in self._paths.written():
            names = [path.name for path in folder.glob(".ringlet-*.tmp")]
            if names:
                yield Finding(
                    "configuration",
                    "warning",
                    f"{folder} holds unfinished files of killed processes: {len(names)}",
                    mend=blocking(partial(sweep_leftovers, folder)),
                )


def _some(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first of them: more are no help to anyone, and a folder may hold anything."""
    yield from islice(findings, _MOST)
    if next(findings, None) is not None:
        text = f"there are more such files than these {_MOST}"
        yield Finding("configuration", "warning", text, "Mend these first, then look again.")


def _open_to_others(path: Path) -> Iterator[Finding]:
    try:
        found = path.lstat()
    except OSError:
        return  # it was removed meanwhile
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode) or not mode & _PRIVATE:
        return
    yield Finding(
        "configuration",
        "warning",
        f"{path} can be read or changed by others (mode {mode:o})",
        f"chmod go= {path}",
        blocking(lambda: path.chmod(mode & ~_PRIVATE)),
    )
