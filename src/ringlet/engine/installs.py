"""Agents that Ringlet installs itself, each version in a folder of its own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.places import CURRENT
from ringlet.agents.probe import run_probe
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.runs import Runs
from ringlet.runtime.npm import run_npm
from ringlet.store.files import ensure_private_dir, read_bounded
from ringlet.store.paths import Paths

_LIMIT_SECONDS: Final = 900.0
_STAGING: Final = ".new-"
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed version; `fresh` says whether it was not there before."""

    version: str
    path: Path
    fresh: bool


class Installs:
    """Installs, updates and removes agents below one folder, `<folder>/<agent>/<version>`.

    A version is prepared beside the others, tried, and then switched to in one step; a failure
    leaves what was there. `current` is a link to the version in use.
    """

    def __init__(self, *, catalogs: Catalogs, paths: Paths, runs: Runs) -> None:
        self._catalogs = catalogs
        self._paths = paths
        self._folder = paths.installed_agents
        self._runs = runs
        self._working = asyncio.Lock()

    async def install(
        self, agent_id: str, version: str | None, environ: Mapping[str, str]
    ) -> Installed:
        """Install a version, by default the newest that this machine's Node.js can run."""
        agent = self._catalogs.agents.get(agent_id)
        package = _package(agent, version)
        async with self._working:
            home = self._folder / agent.id
            await asyncio.to_thread(ensure_private_dir, home)
            staging = home / f"{_STAGING}{os.urandom(4).hex()}"
            staging.mkdir(0o700)
            try:
                flags = ["--no-fund", "--no-audit", "--loglevel=error"]
                await run_npm(
                    ["install", "--prefix", str(staging), *flags, package],
                    environ=environ,
                    folder=staging,
                    limit=_LIMIT_SECONDS,
                )
                found = await asyncio.to_thread(_installed_version, staging, agent)
                await self._try(agent, staging, environ)
                return await asyncio.to_thread(self._switch, agent, staging, found)
            finally:
                await asyncio.to_thread(shutil.rmtree, staging, ignore_errors=True)

    async def uninstall(self, agent_id: str) -> Path:
        """Remove all versions that Ringlet installed; raises AGENT_NOT_INSTALLED if none."""
        agent = self._catalogs.agents.get(agent_id)
        home = self._folder / agent.id
        async with self._working:
            if not home.is_dir():
                raise RingletError(
                    ErrorCode.AGENT_NOT_INSTALLED,
                    f"Ringlet has not installed {agent.name}",
                    hint="What you installed yourself is removed the way it came.",
                )
            if self._in_use(agent.id):
                raise RingletError(
                    ErrorCode.INVALID_REQUEST,
                    f"{agent.name} is running",
                    hint="End its runs first; see: ringlet runs list",
                )
            await asyncio.to_thread(shutil.rmtree, home)
            return home

    def installed(self) -> list[str]:
        """The ids of the agents that Ringlet has installed."""
        links = self._folder.glob(f"*/{CURRENT}")
        return sorted(link.parent.name for link in links if link.exists())

    def _in_use(self, agent_id: str) -> bool:
        return any(run.agent_id == agent_id for run in self._runs.active())

    async def _try(self, agent: Agent, folder: Path, environ: Mapping[str, str]) -> None:
        """A file that is there proves nothing: npm leaves stubs where scripts may not run."""
        program = folder / "node_modules" / ".bin" / agent.binary
        outcome = await run_probe(
            (str(program), agent.version_flag),
            search_path=environ.get("PATH") or os.defpath,
            limit=agent.detect.timeout_secs,
            scratch_dir=self._paths.cache / "probes",
        )
        if outcome.failure:
            raise RingletError(
                ErrorCode.EXECUTION_ERROR,
                f"npm installed {agent.name}, but it does not run: {outcome.failure}",
                hint="If npm must not run install scripts here, allow them for this package.",
            )

    def _switch(self, agent: Agent, staging: Path, version: str) -> Installed:
        """Put the version in its place and point `current` to it; older ones go unless in use."""
        home = staging.parent
        target = home / version
        fresh = not target.exists()
        if fresh:
            staging.rename(target)
        link = home / f"{_STAGING}link"
        link.unlink(missing_ok=True)
        link.symlink_to(version)
        link.replace(home / CURRENT)
        if not self._in_use(agent.id):
            for other in home.iterdir():
                if other.is_dir() and not other.is_symlink() and other not in (target, staging):
                    shutil.rmtree(other, ignore_errors=True)
        return Installed(version, target / "node_modules" / ".bin" / agent.binary, fresh)


def _package(agent: Agent, version: str | None) -> str:
    if agent.install.npm is None:
        raise RingletError(
            ErrorCode.UNSUPPORTED,
            f"Ringlet does not know how to install {agent.name}",
            hint=agent.install.hint or f"Install it yourself and put {agent.binary} on your PATH.",
        )
    wanted = version or agent.install.version
    if wanted is None:
        return agent.install.npm
    if not _VERSION.fullmatch(wanted):
        raise RingletError(ErrorCode.INVALID_REQUEST, f"{wanted!r} is not a version")
    return f"{agent.install.npm}@{wanted}"


def _installed_version(staging: Path, agent: Agent) -> str:
    """The version in the package's own description, which names its folder."""
    path = staging / "node_modules" / (agent.install.npm or "") / "package.json"
    data = read_bounded(path, 1 << 20) or b"{}"
    try:
        version = str(msgspec.json.decode(data, type=dict[str, object]).get("version", ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        version = ""
    if not _VERSION.fullmatch(version):
        raise RingletError(
            ErrorCode.EXECUTION_ERROR, f"npm installed no {agent.install.npm} at {path.parent}"
        )
    return version
