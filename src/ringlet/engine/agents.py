"""What is known of agents, and where they are installed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from ringlet.agents.cache import DetectionCache, Seen
from ringlet.agents.catalogs import Catalogs
from ringlet.agents.detection import detect
from ringlet.agents.pairing import is_compatible
from ringlet.agents.places import own_places, places
from ringlet.domain.agents import Agent, Detection
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.events import EventStream
from ringlet.store.agent_paths import AgentPaths
from ringlet.store.aside import aside
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine
from ringlet.wire.replies.agents import AgentDetail, AgentInfo, AgentPlace

# Where installers put agents beside PATH, below the user's own home.
_USUAL_PLACES = (".local/bin", ".npm-global/bin", ".bun/bin", ".opencode/bin", ".claude/local")


class Agents:
    """Lists, shows and locates agents; probes run in the background and are cached."""

    def __init__(
        self,
        *,
        catalogs: Catalogs,
        profiles: ProfileStore,
        paths: Paths,
        events: EventStream,
        quarantine: Quarantine,
    ) -> None:
        self._catalogs = catalogs
        self._profiles = profiles
        self._paths = paths
        self._events = events
        self._cache = DetectionCache(paths.detections, quarantine)
        self._chosen = AgentPaths(paths.agent_paths, quarantine)

    def load_cache(self) -> None:
        """Read what earlier probes found, so that damage shows. Blocks."""
        self._cache.load()
        self._chosen.all()

    async def all(self, environ: Mapping[str, str], *, refresh: bool = False) -> list[AgentInfo]:
        """All agents by id, as found on the caller's PATH."""
        agents = list(self._catalogs.agents)
        found = await self._detect(agents, environ, refresh=refresh)
        counts = Counter(profile.agent_id for profile in self._profiles.all())
        return [self._info(agent, found[agent.id], counts[agent.id]) for agent in agents]

    def known(self) -> list[Agent]:
        """The manifests of all agents, without looking whether they are installed."""
        return list(self._catalogs.agents.entries.values())

    @property
    def problems(self) -> list[str]:
        """What is wrong with manifests of agents that were left out."""
        return [str(problem) for problem in self._catalogs.agents.problems]

    def manifest(self, identifier: str) -> Agent:
        """What the manifest says; raises AGENT_NOT_FOUND."""
        return self._catalogs.agents.get(identifier)

    async def inspect(self, identifier: str, environ: Mapping[str, str]) -> AgentDetail:
        """One agent in full; raises AGENT_NOT_FOUND."""
        agent = self._catalogs.agents.get(identifier)
        found = await self._detect([agent], environ)
        count = sum(profile.agent_id == identifier for profile in self._profiles.all())
        info = self._info(agent, found[identifier], count)
        return AgentDetail(
            **msgspec.structs.asdict(info),
            places=await aside(self._places, agent, environ, found[identifier]),
            supports_mcp=agent.supports_mcp,
            script=agent.profile.script,
            script_source=self._script_source(agent),
        )

    async def choose(
        self, identifier: str, path: str | None, environ: Mapping[str, str]
    ) -> AgentInfo:
        """Use this executable from now on, if it runs; None looks for one again."""
        agent = self._catalogs.agents.get(identifier)
        if path is not None:
            found = (await self._detect([agent], environ, overrides={identifier: path}))[identifier]
            if not found.installed:
                raise RingletError(
                    ErrorCode.AGENT_NOT_INSTALLED,
                    f"{path} is no {agent.name}: {found.reason}",
                    hint=f"It must answer to {agent.version_flag}.",
                )
        await asyncio.to_thread(self._chosen.choose, identifier, path)
        return await self.inspect(identifier, environ)

    def _places(
        self, agent: Agent, environ: Mapping[str, str], found: Detection
    ) -> tuple[AgentPlace, ...]:
        looked = places(
            agent,
            search_path=self._search_path(environ),
            override=self._chosen.all().get(agent.id),
            found=found,
        )
        return tuple(AgentPlace(path, verdict) for path, verdict in looked)

    def _search_path(self, environ: Mapping[str, str]) -> str:
        ids = [agent.id for agent in self._catalogs.agents]
        return search_path(
            environ, self._paths, first=own_places(self._paths.installed_agents, ids)
        )

    def _script_source(self, agent: Agent) -> str:
        from ringlet.scripting.locating import ScriptFolders, locate_script

        try:
            return locate_script(agent.profile.script, ScriptFolders.of(self._paths))
        except RingletError as error:
            return error.message

    async def locate(self, agent: Agent, environ: Mapping[str, str]) -> Detection:
        """Where the agent is; raises AGENT_NOT_INSTALLED with the way to install it."""
        found = (await self._detect([agent], environ))[agent.id]
        if not found.installed or found.path is None:
            why = f": {found.reason}" if found.reason else ""
            raise RingletError(
                ErrorCode.AGENT_NOT_INSTALLED,
                f"{agent.name} is not installed{why}",
                hint=install_hint(agent),
            )
        return found

    async def _detect(
        self,
        agents: Iterable[Agent],
        environ: Mapping[str, str],
        *,
        refresh: bool = False,
        overrides: Mapping[str, str] | None = None,
    ) -> dict[str, Detection]:
        """Detections by agent id; answers from the cache without waiting for running probes."""
        if refresh:
            self._cache.clear()
        detections = await detect(
            agents,
            search_path=self._search_path(environ),
            overrides=self._chosen.all() if overrides is None else overrides,
            scratch_dir=self._paths.cache / "probes",
            cache=self._cache,
            tell=self._announce,
        )
        return {detection.agent_id: detection for detection in detections}

    def _announce(self, new: Detection) -> None:
        """Publish what changed since somebody looked last."""
        agent = self._catalogs.agents.entries.get(new.agent_id)
        if agent is None:  # its manifest was removed meanwhile
            return
        old = self._cache.exchange(
            new.agent_id, Seen(new.path, new.version) if new.installed else None
        )
        if not new.installed:
            return
        if old is None:
            data = {"id": new.agent_id, "name": agent.name, "version": new.version}
            self._events.publish("AgentDetected", data | {"binary_path": new.path})
        elif old.version != new.version:
            data = {"id": new.agent_id, "old_version": old.version, "new_version": new.version}
            self._events.publish("AgentUpdated", data)

    def _info(self, agent: Agent, found: Detection, profile_count: int) -> AgentInfo:
        return AgentInfo(
            id=agent.id,
            name=agent.name,
            installed=found.installed,
            version=found.version,
            binary_path=found.path,
            profile_count=profile_count,
            default_model=agent.models.default,
            default_provider=agent.profile.default_provider,
            supports_hooks=agent.supports_hooks,
            last_used=self._last_used(agent.id),
            supported_models=agent.models.supported,
            compatible_providers=self._fitting(agent),
            profile_home=agent.profile.source_home,
            install_hint="" if found.installed else install_hint(agent),
            reason=found.reason,
            source=agent.source,
        )

    def _fitting(self, agent: Agent) -> tuple[str, ...]:
        return tuple(p.id for p in self._catalogs.providers if is_compatible(agent, p))

    def _last_used(self, agent_id: str) -> datetime | None:
        used = (p.metadata.last_used for p in self._profiles.all() if p.agent_id == agent_id)
        return max((moment for moment in used if moment is not None), default=None)


def install_hint(agent: Agent) -> str:
    """One sentence that says how to get the agent."""
    if agent.install.npm:
        return f"Install it with: ringlet agents install {agent.id}"
    return agent.install.hint or f"Put {agent.binary} on your PATH."


def search_path(environ: Mapping[str, str], paths: Paths, *, first: Iterable[str] = ()) -> str:
    """What Ringlet installed, the caller's PATH, the usual places of installers, our scripts."""
    places = [*first, environ.get("PATH") or os.defpath]
    places += [str(paths.user_home / place) for place in _USUAL_PLACES]
    places.append(os.path.dirname(sys.executable))
    return os.pathsep.join(places)
