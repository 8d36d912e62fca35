"""The composition root: the only place that knows everything.

Each part is made, and its module loaded, at its first use: the first reply of a fresh daemon
waits only for what it needs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from ringlet import __version__
from ringlet.daemon.redaction import Redactor
from ringlet.engine.events import EventStream
from ringlet.store import locations
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies import DaemonInfo
from ringlet.wire.requests import PROTOCOL_VERSION

if TYPE_CHECKING:
    from ringlet.agents.catalogs import Catalogs
    from ringlet.domain.settings import Settings
    from ringlet.engine.agents import Agents
    from ringlet.engine.aliases import Aliases
    from ringlet.engine.creation import Creation
    from ringlet.engine.deletion import Deletion
    from ringlet.engine.demo import DemoModel
    from ringlet.engine.inspection import Inspection
    from ringlet.engine.launches import Launches
    from ringlet.engine.planning import Planner
    from ringlet.engine.profiles import Profiles
    from ringlet.engine.providers import Providers
    from ringlet.engine.runs import Runs
    from ringlet.engine.vault import Vault
    from ringlet.store.paths import Paths
    from ringlet.store.secrets.choice import Chosen


class Place(msgspec.Struct, frozen=True):
    """Where a daemon listens and how long it stays; all empty without one."""

    endpoint: str = ""
    events_endpoint: str = ""
    idle_timeout: float = 0.0
    stay_alive: bool = False


class App:
    """All parts, wired. Reads the profiles when it is made; starts nothing.

    The `redactor` hears every key that is used. With `read_only` nothing
    is written: commands that only look use it when there is no daemon.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        *,
        environ: Mapping[str, str],
        place: Place,
        redactor: Redactor,
        read_only: bool = False,
    ) -> None:
        self.paths = paths
        self.events = EventStream()
        self.problems: list[str] = []
        self._settings = settings
        self._environ = environ
        self.place = place
        self.redactor = redactor
        self._read_only = read_only
        self._began = time.monotonic()
        self._store = ProfileStore(paths.profiles, paths.quarantine, read_only=read_only)
        self._store.load()

    @property
    def active_runs(self) -> int:
        """Runs that have not ended, as far as anybody has asked for runs."""
        return self.runs.count if "runs" in self.__dict__ else 0

    def status(self) -> DaemonInfo:
        """About this process."""
        problems = [*self.problems, *self._store.problems, *map(str, self.catalogs.problems)]
        return DaemonInfo(
            status="running",
            pid=os.getpid(),
            version=__version__,
            protocol=PROTOCOL_VERSION,
            uptime_secs=round(time.monotonic() - self._began, 3),
            endpoint=self.place.endpoint,
            events_endpoint=self.place.events_endpoint,
            config_dir=str(self.paths.config),
            log_file=str(self.paths.logs / "ringletd.log"),
            profiles_count=len(self._store.all()),
            active_runs=self.runs.count,
            idle_timeout_secs=self.place.idle_timeout,
            stay_alive=self.place.stay_alive,
            secret_store=self.vault.description,
            problems=problems,
        )

    async def close(self) -> None:
        """Let go of whatever was used."""
        import asyncio

        parts = [self.__dict__[name] for name in ("runs", "demo") if name in self.__dict__]
        await asyncio.gather(*(part.close() for part in parts))

    @cached_property
    def catalogs(self) -> Catalogs:
        from ringlet.agents.catalogs import Catalogs

        return Catalogs(self.paths.agents, self.paths.providers)

    @cached_property
    def vault(self) -> Vault:
        from ringlet.engine.vault import Vault

        return Vault(choose=self._choose_store, environ=self._environ, learn=self.redactor.learn)

    @cached_property
    def demo(self) -> DemoModel:
        from ringlet.engine.demo import DemoModel

        return DemoModel()

    @cached_property
    def agents(self) -> Agents:
        from ringlet.engine.agents import Agents

        return Agents(
            catalogs=self.catalogs, profiles=self._store, paths=self.paths, events=self.events
        )

    @cached_property
    def providers(self) -> Providers:
        from ringlet.engine.providers import Providers

        return Providers(catalogs=self.catalogs)

    @cached_property
    def runs(self) -> Runs:
        from ringlet.engine.runs import Runs

        runs = Runs(
            folder=self.paths.runs,
            quarantine=self.paths.quarantine,
            sessions=self.paths.sessions,
            profiles=self._store,
            events=self.events,
        )
        if not self._read_only:
            runs.adopt()
        return runs

    @cached_property
    def planner(self) -> Planner:
        from ringlet.engine.planning import Planner

        return Planner(
            agents=self.agents,
            catalogs=self.catalogs,
            profiles=self._store,
            vault=self.vault,
            demo=self.demo,
            paths=self.paths,
            locations=self._locations(),
            disabled_bridges=self._settings.isolation.disabled_bridges,
        )

    @cached_property
    def launches(self) -> Launches:
        from ringlet.engine.launches import Launches

        return Launches(profiles=self._store, planner=self.planner, runs=self.runs)

    @cached_property
    def aliases(self) -> Aliases:
        from ringlet.engine.aliases import Aliases

        return Aliases(
            profiles=self._store,
            paths=self.paths,
            catalogs=self.catalogs,
            bin_dir=self._settings.defaults.bin_dir,
        )

    @cached_property
    def profiles(self) -> Profiles:
        from ringlet.engine.profiles import Profiles

        return Profiles(store=self._store)

    @cached_property
    def inspection(self) -> Inspection:
        from ringlet.engine.inspection import Inspection

        return Inspection(
            store=self._store, catalogs=self.catalogs, vault=self.vault, runs=self.runs
        )

    @cached_property
    def deletion(self) -> Deletion:
        from ringlet.engine.deletion import Deletion

        return Deletion(
            store=self._store,
            vault=self.vault,
            aliases=self.aliases,
            runs=self.runs,
            events=self.events,
        )

    @cached_property
    def creation(self) -> Creation:
        from ringlet.engine.creation import Creation

        return Creation(
            store=self._store,
            catalogs=self.catalogs,
            agents=self.agents,
            planner=self.planner,
            vault=self.vault,
            aliases=self.aliases,
            paths=self.paths,
            events=self.events,
            default_provider=self._settings.defaults.provider,
        )

    async def _choose_store(self) -> Chosen:
        from ringlet.store.secrets.choice import choose_store

        return await choose_store(
            setting=self._settings.secrets.backend,
            config_dir=self.paths.config,
            state_dir=self.paths.state,
            environ=self._environ,
            service=locations.keychain_service(self._environ, str(self.paths.config)),
        )

    def _locations(self) -> dict[str, str]:
        """What tells `ringlet` inside an agent, whose HOME has moved, which daemon to ask."""
        return {
            "RINGLET_CONFIG_DIR": str(self.paths.config),
            "RINGLET_STATE_DIR": str(self.paths.state),
            "RINGLET_USER_HOME": str(self.paths.user_home),
            "RINGLET_DAEMON_ENDPOINT": self.place.endpoint,
        }
