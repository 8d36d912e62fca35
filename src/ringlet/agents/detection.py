"""Which agents are installed, where, and in which version."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from ringlet.agents.cache import DetectionCache
from ringlet.agents.probe import Outcome, run_probe
from ringlet.domain.agents import Agent, Detection
from ringlet.domain.errors import RingletError
from ringlet.store.aside import aside

Command = tuple[str, ...]

_log: Final = logging.getLogger(__name__)
_PARALLEL_PROBES: Final = 4
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
) -> list[Detection]:
    """Probe the agents in parallel and say of each, in the order given, what was found.

    `search_path` is written like PATH; `overrides` maps agent ids to executables of the user's
    choice. `limit`, in seconds, shortens those of the manifests. Only what the cache does
    not know is run, in scratch homes below `scratch_dir`; the cache is saved at the end. `tell`
    hears of each agent as soon as it was looked at: some take seconds to say their version.
    """
    detector = _Detector(search_path, scratch_dir, cache, limit)

    async def examine(agent: Agent) -> Detection:
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
        self._search_path: Final = os.pathsep.join(entries)
        self._scratch_dir: Final = scratch_dir
        self._cache: Final = cache
        self._limit: Final = limit
        self._slots: Final = asyncio.Semaphore(_PARALLEL_PROBES)

    async def examine(self, agent: Agent, override: str | None) -> Detection:
        """Try the agent's commands until one runs."""
        commands = await aside(self._resolve, agent, override)
        reason = ""
        for command in commands:
            outcome = await self._outcome(command, agent)
            if not outcome.failure:
                return Detection(agent.id, True, path=command[0], version=outcome.version)
            reason = reason or f"found at {command[0]} but does not run: {outcome.failure}"
        if not reason:
            reason = await aside(_explain_absence, agent, override)
        return Detection(agent.id, False, reason=reason)

    def _resolve(self, agent: Agent, override: str | None) -> list[Command]:
        """The commands worth trying, each beginning with the absolute path of its program."""
        written: list[Command]
        if override is not None:
            written = [(os.path.expanduser(override), agent.version_flag)]
        else:
            listed = [tuple(shlex.split(command)) for command in agent.detect.commands]
            written = list(dict.fromkeys([*listed, (agent.binary, agent.version_flag)]))
        paths = ((self._which(command[0]), command[1:]) for command in written)
        return [(path, *arguments) for path, arguments in paths if path is not None]

    def _which(self, program: str) -> str | None:
        path = shutil.which(program, path=self._search_path)
        return path if path is not None and os.path.isabs(path) else None

    async def _outcome(self, command: Command, agent: Agent) -> Outcome:
        known = await aside(self._cache.find, command, now=time.time())
        if known is not None:
            return Outcome(known.version, known.failure)
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
            now=time.time(),
        )
        return outcome


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
