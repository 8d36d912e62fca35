"""What is known of agents, and where they are installed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from ringlet.agents.cache import DetectionCache
from ringlet.agents.catalogs import Catalogs
from ringlet.agents.detection import detect
from ringlet.agents.pairing import is_compatible
from ringlet.agents.places import own_places, places
from ringlet.domain.agents import Agent, Detection
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.agent_news import AgentNews
from ringlet.engine.events import EventStream
from ringlet.store.agent_paths import AgentPaths
from ringlet.store.aside import aside
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine
from ringlet.wire.replies.agents import AgentDetail, AgentInfo, AgentPlace

# Where installers put agents beside PATH, below the user's own home.
_MOST_KEPT = 64  # folders of a PATH that has brought an agent
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
        environ: Mapping[str, str],
    ) -> None:
        self._catalogs = catalogs
        self._profiles = profiles
        self._paths = paths
        self._environ = environ
        self._cache = DetectionCache(paths.detections, quarantine)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = AgentNews(
            cache=self._cache,
            events=events,
            find=lambda agent_id: catalogs.agents.entries.get(agent_id),
            look=self._look_again,
            brought=self._brought,
        )
        self._chosen = AgentPaths(paths.agent_paths, quarantine)

    def load_cache(self) -> None:
        """Read what earlier probes found, so that damage shows. Blocks."""
        self._cache.load()
        self._chosen.all()

    async def all(self, environ: Mapping[str, str], *, refresh: bool = False) -> list[AgentInfo]:
        """All agents by id, where the daemon finds them.

        What only the caller's PATH leads to is kept: it counts for everybody until it is gone.
        """
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
            found = await self._try(agent, path, environ)
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
            search_path=self._search_path(environ, agent),
            override=self._chosen.all().get(agent.id),
            found=found,
        )
        return tuple(AgentPlace(path, verdict) for path, verdict in looked)

    def _search_path(self, environ: Mapping[str, str], agent: Agent | None = None) -> str:
        """The daemon's own places, then those that a PATH has brought, then the caller's."""
        own = os.pathsep.join(self._own())
        return os.pathsep.join([own, *self._kept(agent), environ.get("PATH", "")])

    def _own(self) -> list[str]:
        path = search_path(self._environ, self._paths, first=self._installed())
        return path.split(os.pathsep)

    def _installed(self) -> list[str]:
        return own_places(self._paths.installed_agents, [one.id for one in self._catalogs.agents])

    def _kept(self, agent: Agent | None) -> list[str]:
        """Folders that a PATH has led to an agent by, that agent's first."""
        ids = [agent.id for agent in self._catalogs.agents]
        ids.sort(key=lambda one: agent is None or one != agent.id)
        seen = (self._cache.seen(one) for one in ids)
        return list(dict.fromkeys(one.search_path for one in seen if one and one.search_path))

    def _brought(self, found: Detection) -> str:
        """The folders by which a PATH led to the agent; "" if it is where everybody looks.

        The next daemon may have another PATH, as one that a service manager starts has.
        """
        fixed = set(search_path({}, self._paths, first=self._installed()).split(os.pathsep))
        if found.path is None or os.path.dirname(found.path) in fixed:
            return ""
        others = [one for one in found.search_path.split(os.pathsep) if one not in fixed]
        there = [one for one in [os.path.dirname(found.path), *others] if os.path.isdir(one)]
        return os.pathsep.join(list(dict.fromkeys(there))[:_MOST_KEPT])

    def _script_source(self, agent: Agent) -> str:
        from ringlet.scripting.locating import ScriptFolders, locate_script

        try:
            return locate_script(agent.profile.script, ScriptFolders.of(self._paths))
        except RingletError as error:
            return error.message

    async def locate(self, agent: Agent, environ: Mapping[str, str]) -> Detection:
        """Where a run with this PATH finds the agent: there, else where the daemon does.

        Raises AGENT_NOT_INSTALLED with the way to install it.
        """
        own = os.pathsep.join(self._own())
        installed = own_places(self._paths.installed_agents, [agent.id])
        places = [*installed, environ.get("PATH", ""), *self._kept(agent), own]
        found = await self._detect_at([agent], os.pathsep.join(places), tell=self._news.tell_first)
        detection = found[agent.id]
        if not detection.installed or detection.path is None:
            why = f": {detection.reason}" if detection.reason else ""
            raise RingletError(
                ErrorCode.AGENT_NOT_INSTALLED,
                f"{agent.name} is not installed{why}",
                hint=install_hint(agent),
            )
        return detection

    def close_path(self, environ: Mapping[str, str], found: Detection) -> str | None:
        """The PATH of a run whose own does not lead to its agent; None if it does."""
        own = environ.get("PATH", "")
        folder = os.path.dirname(found.path or "")
        kept = self._cache.seen(found.agent_id)
        if kept is None or not kept.search_path or folder in own.split(os.pathsep):
            return None
        return os.pathsep.join(filter(None, [own, kept.search_path]))

    async def close(self) -> None:
        """Look no more."""
        await self._news.close()

    async def _look_again(self, agent_id: str) -> None:
        agent = self._catalogs.agents.entries.get(agent_id)
        if agent is not None:
            await self._detect([agent], self._environ)

    async def _try(self, agent: Agent, path: str, environ: Mapping[str, str]) -> Detection:
        """Whether this executable is the agent; nothing is told of it yet."""
        search = self._search_path(environ, agent)
        return (await self._detect_at([agent], search, overrides={agent.id: path}))[agent.id]

    async def _detect(
        self, agents: Iterable[Agent], environ: Mapping[str, str], *, refresh: bool = False
    ) -> dict[str, Detection]:
        """Where the daemon finds them, by agent id."""
        if refresh:
            self._cache.clear()
        return await self._detect_at(agents, self._search_path(environ), tell=self._news.tell)

    async def _detect_at(
        self,
        agents: Iterable[Agent],
        search: str,
        *,
        overrides: Mapping[str, str] | None = None,
        tell: Callable[[Detection], object] = lambda detection: None,
    ) -> dict[str, Detection]:
        detections = await detect(
            agents,
            search_path=search,
            overrides=self._chosen.all() if overrides is None else overrides,
            scratch_dir=self._paths.cache / "probes",
            cache=self._cache,
            tell=tell,
            turns=self._turns,
        )
        return {detection.agent_id: detection for detection in detections}

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
            stale=found.stale,
            version_checked=None
            if found.checked is None
            else datetime.fromtimestamp(found.checked, UTC),
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
    """What Ringlet installed, this PATH, the usual places of installers, our scripts."""
    places = [*first, environ.get("PATH") or os.defpath]
    places += [str(paths.user_home / place) for place in _USUAL_PLACES]
    places.append(os.path.dirname(sys.executable))
    return os.pathsep.join(places)
