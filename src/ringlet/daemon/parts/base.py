"""What all parts stand on.

Each part is made, and its module loaded, at its first use: the first reply of a fresh daemon
waits only for what it needs.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from ringlet.daemon.redaction import Redactor
from ringlet.engine.events import EventStream
from ringlet.store import locations
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine

if TYPE_CHECKING:
    from pathlib import Path

    from ringlet.agents.catalogs import Catalogs
    from ringlet.daemon.metrics import Metrics
    from ringlet.daemon.watchdog import Watchdog
    from ringlet.domain.preferences import Preferences
    from ringlet.domain.settings import Settings
    from ringlet.engine.access import Access
    from ringlet.engine.config import Config
    from ringlet.engine.secrets import Secrets
    from ringlet.engine.settings import CurrentSettings
    from ringlet.engine.vault import Vault
    from ringlet.engine.workspace import Workspace
    from ringlet.store.paths import Paths
    from ringlet.store.secrets.choice import Chosen

_PATIENCE = 0.5  # seconds of parsing manifests that a request waits for


class Place(msgspec.Struct, frozen=True):
    """Where a daemon listens and how long it stays; all empty without one.

    `log_level` and `timed`, which says that its time-out was given, too, are beside the settings.
    """

    endpoint: str = ""
    events_endpoint: str = ""
    idle_timeout: float = 0.0
    stay_alive: bool = False
    timed: bool = False
    log_level: str = ""

    @property
    def options(self) -> list[str]:
        """As `ringlet.daemon.options` reads them, but for the endpoint."""
        given = ["--stay-alive"] if self.stay_alive else []
        given += [f"--idle-timeout={self.idle_timeout}"] if self.timed else []
        return given + ([f"--log-level={self.log_level}"] if self.log_level else [])


async def _see_nothing() -> None:
    """What looks for changes is not there yet."""


class Base:
    """Paths, settings, profiles, events and keys.

    Reads the profiles when it is made; starts nothing. The `redactor` hears every key that is
    used. With `read_only` nothing is written: commands that only look use it when there is no
    daemon.
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
        self.settings = settings
        self.environ = environ
        self.place = place
        self.redactor = redactor
        self.read_only = read_only
        self.events = EventStream()
        self.problems: list[str] = []
        self.http_problems: list[str] = []
        self.watchdog: Watchdog | None = None
        self.http_endpoint = ""
        self.locate_http: Callable[[], None] = lambda: None
        self.look: Callable[[], Awaitable[None]] = _see_nothing
        self.adjusted: Callable[[Place], None] = lambda place: None
        self.began = time.monotonic()
        self.quarantine = Quarantine(paths.quarantine, read_only=read_only)
        self.store = ProfileStore(
            paths.profiles, self.quarantine, home_of=self._home_of, read_only=read_only
        )
        self.store.load()

    def _home_of(self, agent_id: str, alias: str) -> Path:
        from ringlet.engine.homes import usual_home

        return usual_home(self.catalogs.agents.get(agent_id), alias, self.paths)

    @cached_property
    def current(self) -> CurrentSettings:
        """The settings as they are now; `settings` are those of the start."""
        from ringlet.engine.settings import CurrentSettings

        return CurrentSettings(self.paths.settings)

    def preferences(self) -> Preferences:
        """What the user wants of every agent, as it is now."""
        return self.current().preferences

    @cached_property
    def config(self) -> Config:
        from ringlet.engine.config import Config

        return Config(path=self.paths.settings, current=self.current)

    @cached_property
    def catalogs(self) -> Catalogs:
        from ringlet.agents.catalogs import Catalogs

        # Others wait for a daemon; a client's own process waits for nothing but the manifests.
        patience = None if self.read_only else _PATIENCE
        return Catalogs(self.paths.agents, self.paths.providers, patience=patience)

    @cached_property
    def access(self) -> Access:
        from ringlet.engine.access import Access

        return Access(self.paths.token, learn=self.redactor.learn, quarantine=self.quarantine)

    @cached_property
    def metrics(self) -> Metrics:
        from ringlet.daemon.metrics import Metrics

        return Metrics(self.events)

    @property
    def workspace(self) -> Workspace:
        from ringlet.engine.workspace import Workspace

        return Workspace(
            roots=lambda: map(self.paths.expand, self.current().workspace.roots),
            home=self.paths.user_home,
            secret=[self.paths.config, self.paths.state],
        )

    @cached_property
    def vault(self) -> Vault:
        from ringlet.engine.vault import Vault

        return Vault(
            choose=self._choose_store,
            backend=lambda: self.current().secrets.backend,
            environ=self.environ,
            learn=self.redactor.learn,
        )

    @cached_property
    def secrets(self) -> Secrets:
        from ringlet.engine.secrets import Secrets
        from ringlet.store.secrets.key_sources import find_source

        return Secrets(
            vault=self.vault,
            profiles=self.store,
            settings=self.current,
            config=self.config,
            unattended=find_source(self.environ, state_dir=self.paths.state),
        )

    async def _choose_store(self) -> Chosen:
        from ringlet.store.secrets.choice import choose_store

        return await choose_store(
            setting=self.current().secrets.backend,
            config_dir=self.paths.config,
            state_dir=self.paths.state,
            environ=self.environ,
            service=locations.keychain_service(self.environ, str(self.paths.config)),
        )
