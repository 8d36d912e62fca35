"""The composition root: the only place that knows everything."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ringlet import __version__
from ringlet.agents.catalogs import Catalogs
from ringlet.domain.settings import Settings
from ringlet.engine.agents import Agents
from ringlet.engine.aliases import Aliases
from ringlet.engine.creation import Creation
from ringlet.engine.demo import DemoModel
from ringlet.engine.events import EventStream
from ringlet.engine.launches import Launches
from ringlet.engine.planning import Planner
from ringlet.engine.profiles import Profiles
from ringlet.engine.providers import Providers
from ringlet.engine.runs import Runs
from ringlet.engine.services import Services
from ringlet.engine.vault import Vault
from ringlet.store import locations
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.store.secrets.choice import Chosen, choose_store
from ringlet.wire.replies import DaemonInfo
from ringlet.wire.requests import PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class Place:
    """Where a daemon listens and how long it stays."""

    endpoint: str
    events_endpoint: str
    idle_timeout: float
    stay_alive: bool


@dataclass(frozen=True, slots=True)
class App:
    """The parts that the daemon's life cycle looks after."""

    services: Services
    events: EventStream
    demo: DemoModel
    problems: list[str]


def compose(
    paths: Paths,
    settings: Settings,
    *,
    environ: Mapping[str, str],
    place: Place,
    learn: Callable[[str], None],
    read_only: bool = False,
) -> App:
    """Build everything; reads the profiles and the manifests, starts nothing."""
    catalogs = Catalogs(paths.agents, paths.providers)
    store = ProfileStore(paths.profiles, paths.quarantine, read_only=read_only)
    store.load()
    events = EventStream()
    vault = _vault(paths, settings, environ, learn)
    demo = DemoModel()
    agents = Agents(
        catalogs=catalogs,
        profiles=store,
        paths=paths,
        events=events,
    )
    runs = Runs(
        folder=paths.runs,
        quarantine=paths.quarantine,
        sessions=paths.sessions,
        profiles=store,
        events=events,
    )
    planner = Planner(
        agents=agents,
        catalogs=catalogs,
        profiles=store,
        vault=vault,
        demo=demo,
        paths=paths,
        locations=_locations(paths, place),
        disabled_bridges=settings.isolation.disabled_bridges,
    )
    aliases = Aliases(
        profiles=store,
        paths=paths,
        binaries={agent.binary for agent in catalogs.agents},
        bin_dir=settings.defaults.bin_dir,
    )
    creation = Creation(
        store=store,
        catalogs=catalogs,
        agents=agents,
        planner=planner,
        vault=vault,
        aliases=aliases,
        paths=paths,
        events=events,
        default_provider=settings.defaults.provider,
    )
    profiles = Profiles(
        store=store, catalogs=catalogs, vault=vault, aliases=aliases, runs=runs, events=events
    )
    problems = [*store.problems]
    began = time.monotonic()

    def status() -> DaemonInfo:
        return DaemonInfo(
            status="running",
            pid=os.getpid(),
            version=__version__,
            protocol=PROTOCOL_VERSION,
            uptime_secs=round(time.monotonic() - began, 3),
            endpoint=place.endpoint,
            events_endpoint=place.events_endpoint,
            config_dir=str(paths.config),
            log_file=str(paths.logs / "ringletd.log"),
            profiles_count=len(store.all()),
            active_runs=runs.count,
            idle_timeout_secs=place.idle_timeout,
            stay_alive=place.stay_alive,
            secret_store=vault.description,
            problems=[*problems, *map(str, catalogs.problems)],
        )

    services = Services(
        paths=paths,
        agents=agents,
        providers=Providers(catalogs=catalogs),
        profiles=profiles,
        creation=creation,
        aliases=aliases,
        launches=Launches(profiles=store, planner=planner, runs=runs),
        runs=runs,
        status=status,
    )
    return App(services, events, demo, problems)


def _vault(
    paths: Paths, settings: Settings, environ: Mapping[str, str], learn: Callable[[str], None]
) -> Vault:
    async def choose() -> Chosen:
        return await choose_store(
            setting=settings.secrets.backend,
            config_dir=paths.config,
            state_dir=paths.state,
            environ=environ,
            service=locations.keychain_service(environ, str(paths.config)),
        )

    return Vault(choose=choose, environ=environ, learn=learn)


def _locations(paths: Paths, place: Place) -> dict[str, str]:
    """What tells `ringlet` inside an agent, whose HOME has moved, which daemon to talk to."""
    return {
        "RINGLET_CONFIG_DIR": str(paths.config),
        "RINGLET_STATE_DIR": str(paths.state),
        "RINGLET_USER_HOME": str(paths.user_home),
        "RINGLET_DAEMON_ENDPOINT": place.endpoint,
    }


async def close(app: App) -> None:
    """Let go of everything that `compose` may have led to."""
    await asyncio.gather(app.services.runs.close(), app.demo.close())
