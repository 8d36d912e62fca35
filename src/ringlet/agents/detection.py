"""Which agents are installed, where, and in which version."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import shlex
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from ringlet.agents.cache import DetectionCache
from ringlet.agents.probe import Outcome, run_probe
from ringlet.domain.agents import Agent, Detection
from ringlet.domain.errors import RingletError
from ringlet.store.aside import aside

Command = tuple[str, ...]

_log: Final = logging.getLogger(__name__)
_PARALLEL_PROBES: Final = 4
_MOST_TRIED: Final = 4  # programs of one name; the first that runs counts
_NO_OVERRIDES: Final[Mapping[str, str]] = {}


async def detect(
    agents: Iterable[Agent],
    *,
    search_path: str,
    scratch_dir: Path,
    cache: DetectionCache,
    limit: float | None = None,
    overrides: Mapping[str, str] = _NO_OVERRIDES,
    tell: Callable[[Detection], object] = lambda detection: None,
    turns: Mapping[str, asyncio.Lock] | None = None,
) -> list[Detection]:
    """Probe the agents in parallel and say of each, in the order given, what was found.

    `search_path` is written like PATH; `overrides` maps agent ids to executables of the user's
    choice. `limit`, in seconds, shortens those of the manifests. Only what the cache does
    not know is run, in scratch homes below `scratch_dir`; the cache is saved at the end. `tell`
    hears of each agent as soon as it was looked at: some take seconds to say their version. One
    that does not answer, but has before at the same place, counts with the version that it had.
    `turns` has a lock for each agent: what is told of one comes in the order of the looks.
    """
    turns = defaultdict(asyncio.Lock) if turns is None else turns
    detector = _Detector(search_path, scratch_dir, cache, limit)

    async def examine(agent: Agent) -> Detection:
        async with turns[agent.id]:
            detection = await detector.examine(agent, overrides.get(agent.id))
            tell(detection)
            return detection

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(examine(agent)) for agent in agents]
    await asyncio.to_thread(save, cache)
    return [task.result() for task in tasks]


class _Detector:
    """The circumstances that all probes of one detection share."""

    def __init__(
        self, search_path: str, scratch_dir: Path, cache: DetectionCache, limit: float | None
    ) -> None:
        # A relative entry would mean another folder wherever the daemon happens to stand.
        entries = (entry for entry in search_path.split(os.pathsep) if os.path.isabs(entry))
        self._folders: Final = tuple(dict.fromkeys(entries))
        self._search_path: Final = os.pathsep.join(self._folders)
        self._scratch_dir: Final = scratch_dir
        self._cache: Final = cache
        self._limit: Final = limit
        self._slots: Final = asyncio.Semaphore(_PARALLEL_PROBES)

    async def examine(self, agent: Agent, override: str | None) -> Detection:
        """Try the agent's commands until one runs."""
        commands = await aside(self._resolve, agent, override)
        reason = ""
        for command in commands:
            outcome, checked = await self._outcome(command, agent)
            if not outcome.failure:
                return self._found(agent, command[0], outcome.version, checked)
            seen = self._cache.seen(agent.id)
            if outcome.passing and seen is not None and seen.path == command[0]:
                found = self._found(agent, command[0], seen.version, seen.checked)
                return msgspec.structs.replace(found, stale=True, reason=outcome.failure)
            reason = reason or f"found at {command[0]} but does not run: {outcome.failure}"
        if not reason:
            reason = await aside(_explain_absence, agent, override)
        return Detection(agent.id, False, reason=reason)

    def _found(
        self, agent: Agent, path: str, version: str | None, checked: float | None
    ) -> Detection:
        return Detection(
            agent.id,
            True,
            path=path,
            version=version,
            checked=checked,
            search_path=self._search_path,
        )

    def _resolve(self, agent: Agent, override: str | None) -> list[Command]:
        """The commands worth trying, each beginning with the absolute path of its program."""
        written: list[Command]
        if override is not None:
            written = [(os.path.expanduser(override), agent.version_flag)]
        else:
            listed = [tuple(shlex.split(command)) for command in agent.detect.commands]
            written = list(dict.fromkeys([*listed, (agent.binary, agent.version_flag)]))
        return [
            (path, *command[1:])
            for command in written
            for path in islice(self._which(command[0]), _MOST_TRIED)
        ]

    def _which(self, program: str) -> Iterator[str]:
        """Where the program is, in the order of the search path; each file once."""
        if os.sep in program:
            yield from [program] if os.path.isabs(program) and shutil.which(program) else []
            return
        files: set[str] = set()
        for folder in self._folders:
            path = shutil.which(program, path=folder)
            if path is not None and (real := os.path.realpath(path)) not in files:
                files.add(real)
                yield path

    async def _outcome(self, command: Command, agent: Agent) -> tuple[Outcome, float]:
        """What comes of the command, and when that was."""
        known = await aside(self._cache.find, command, now=time.time())
        if known is not None:
            return Outcome(known.version, known.failure, known.passing), known.checked_at
        async with self._slots:
            outcome = await run_probe(
                command,
                search_path=self._search_path,
                limit=min(agent.detect.timeout_secs, self._limit or math.inf),
                scratch_dir=self._scratch_dir,
            )
        await asyncio.to_thread(
            self._cache.remember,
            command,
            version=outcome.version,
            failure=outcome.failure,
            passing=outcome.passing,
            now=(now := time.time()),
        )
        return outcome, now


def save(cache: DetectionCache) -> None:
    """A cache that cannot be written, on a full disk say, costs time later but no answer now."""
    try:
        cache.save()
    except RingletError as error:
        _log.warning("detections are not cached: %s", error)


def _explain_absence(agent: Agent, override: str | None) -> str:
    """Why no command could be tried; left-over settings are mentioned, but prove nothing."""
    if override is not None:
        return f"the path set for it, {override}, is not an executable file"
    traces = (file for file in agent.detect.files if os.path.exists(os.path.expanduser(file)))
    trace = next(traces, None)
    missing = f"{agent.binary} is not on the search path"
    return f"{missing}; {trace} is left of an earlier use" if trace else missing
