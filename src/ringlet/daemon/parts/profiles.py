"""What profiles take: agents, providers, plans and runs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.base import Base

if TYPE_CHECKING:
    from ringlet.domain.profiles import Profile
    from ringlet.domain.rights import AgentRights
    from ringlet.domain.secret import Secret
    from ringlet.domain.usage import Call
    from ringlet.engine.agents import Agents
    from ringlet.engine.aliases import Aliases
    from ringlet.engine.checks import Checks
    from ringlet.engine.creation import Creation
    from ringlet.engine.deletion import Deletion
    from ringlet.engine.demo import DemoModel
    from ringlet.engine.inspection import Inspection
    from ringlet.engine.keys import Keys
    from ringlet.engine.launches import Launches
    from ringlet.engine.lifecycle import Lifecycle
    from ringlet.engine.origins import Origins
    from ringlet.engine.planning import Planner
    from ringlet.engine.profiles import Profiles
    from ringlet.engine.providers import Providers
    from ringlet.engine.records import ActiveRun
    from ringlet.engine.refresh import Refresh
    from ringlet.engine.run_keys import RunKeys
    from ringlet.engine.runs import Runs
    from ringlet.engine.scripts import Scripts
    from ringlet.engine.tasks import Tasks
    from ringlet.engine.usage.telemetry import Telemetry
    from ringlet.store.ledger.runs import Run


class ProfileParts(Base):
    """The use cases about profiles and their runs."""

    @cached_property
    def demo(self) -> DemoModel:
        from ringlet.engine.demo import DemoModel

        return DemoModel()

    @cached_property
    def agents(self) -> Agents:
        from ringlet.engine.agents import Agents

        return Agents(
            catalogs=self.catalogs,
            profiles=self.store,
            paths=self.paths,
            events=self.events,
            quarantine=self.quarantine,
            environ=self.environ,
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
            quarantine=self.quarantine,
            sessions=self.paths.sessions,
            profiles=self.store,
            events=self.events,
            ended=lambda run, end: self.lifecycle.after_run(run, end),
        )
        if not self.read_only:
            runs.adopt()
        return runs

    @property
    def origins(self) -> Origins | None:
        """Who tells the runs of agents from the user; None while nothing runs."""
        if not self.may_have_runs:
            return None
        return self._origins if self._active_runs() else None

    @property
    def may_have_runs(self) -> bool:
        """Whether there are runs, or files of them that nobody has read yet."""
        if "runs" in self.__dict__ and not self.read_only:
            return bool(self.runs.count)
        return self.paths.runs.is_dir() and any(self.paths.runs.glob("*.json"))

    @cached_property
    def _origins(self) -> Origins:
        from ringlet.engine.origins import Origins

        return Origins(active=self._active_runs, rights=self.agent_rights)

    def _active_runs(self) -> list[ActiveRun]:
        from ringlet.engine.records import read_runs

        return read_runs(self.paths.runs) if self.read_only else self.runs.active()

    def agent_rights(self, alias: str) -> AgentRights:
        """What the runs of a profile may ask of us."""
        profile = self.store.find(alias)
        own = profile.metadata.agent_rights if profile else None
        return own or self.current().isolation.agent_rights

    @cached_property
    def run_keys(self) -> RunKeys:
        from ringlet.engine.run_keys import RunKeys

        async def find(run: ActiveRun) -> Secret:
            return await self.keys.of(run.profile, self.catalogs.providers.get(run.provider_id))

        return RunKeys(runs=self.runs, find=find)

    @cached_property
    def planner(self) -> Planner:
        from ringlet.engine.planning import Planner

        return Planner(
            agents=self.agents,
            catalogs=self.catalogs,
            profiles=self.store,
            vault=self.vault,
            demo=self.demo,
            paths=self.paths,
            locations=self._locations(),
            settings=self.current,
            preferences=self.preferences,
            telemetry=self.telemetry,
        )

    @cached_property
    def telemetry(self) -> Telemetry:
        from ringlet.engine.usage.telemetry import Telemetry

        return Telemetry(
            settings=lambda: self.current().telemetry,
            reserve=self.access.reserve,
            sign=self.access.sign,
            find=self.find_run,
            keep=self.keep_reported,
        )

    @cached_property
    def lifecycle(self) -> Lifecycle:
        from ringlet.engine.lifecycle import Lifecycle

        return Lifecycle(
            catalogs=self.catalogs,
            agents=self.agents,
            profiles=self.store,
            paths=self.paths,
            environ=self.environ,
            locations=self._locations(),
        )

    @cached_property
    def tasks(self) -> Tasks:
        from ringlet.engine.tasks import Tasks

        return Tasks(
            store=self.store, catalogs=self.catalogs, planner=self.planner, paths=self.paths
        )

    @cached_property
    def launches(self) -> Launches:
        from ringlet.engine.launches import Launches

        return Launches(
            profiles=self.store,
            planner=self.planner,
            runs=self.runs,
            run_keys=self.run_keys,
            lifecycle=self.lifecycle,
            admit=self.admit,
        )

    async def admit(self, profile: Profile) -> None:
        """Raise if the profile may not be used now; `BudgetParts` does."""

    @cached_property
    def aliases(self) -> Aliases:
        from ringlet.engine.aliases import Aliases

        return Aliases(
            profiles=self.store,
            paths=self.paths,
            catalogs=self.catalogs,
            bin_dir=lambda: self.current().defaults.bin_dir,
        )

    @cached_property
    def profiles(self) -> Profiles:
        from ringlet.engine.profiles import Profiles

        return Profiles(store=self.store)

    @cached_property
    def inspection(self) -> Inspection:
        from ringlet.engine.inspection import Inspection

        return Inspection(
            store=self.store,
            catalogs=self.catalogs,
            vault=self.vault,
            runs=self.runs,
            rights=self.agent_rights,
        )

    @cached_property
    def scripts(self) -> Scripts:
        from ringlet.engine.scripts import Scripts

        return Scripts(catalogs=self.catalogs, paths=self.paths, preferences=self.preferences)

    @cached_property
    def deletion(self) -> Deletion:
        from ringlet.engine.deletion import Deletion

        return Deletion(
            store=self.store,
            keys=self.keys,
            aliases=self.aliases,
            runs=self.runs,
            events=self.events,
            paths=self.paths,
            lifecycle=self.lifecycle,
            catalogs=self.catalogs,
            keep_usage=self.keep_usage,
        )

    async def keep_usage(self) -> None:
        """Take note of everything that was used so far; `UsageParts` does."""

    async def keep_reported(self, calls: list[Call]) -> None:
        """Take note of what a run told; `UsageParts` does."""

    async def find_run(self, run_id: str) -> Run | None:
        """A run, as the ledger knows runs; `UsageParts` does."""

    @cached_property
    def checks(self) -> Checks:
        from ringlet.engine.checks import Checks

        return Checks(
            catalogs=self.catalogs,
            default_provider=lambda: self.current().defaults.provider,
            preferences=self.preferences,
        )

    @cached_property
    def keys(self) -> Keys:
        from ringlet.engine.keys import Keys

        return Keys(store=self.store, vault=self.vault)

    @cached_property
    def creation(self) -> Creation:
        from ringlet.engine.creation import Creation

        return Creation(
            store=self.store,
            catalogs=self.catalogs,
            agents=self.agents,
            planner=self.planner,
            keys=self.keys,
            vault=self.vault,
            aliases=self.aliases,
            paths=self.paths,
            events=self.events,
            checks=self.checks,
            lifecycle=self.lifecycle,
        )

    def _locations(self) -> dict[str, str]:
        """What tells `ringlet` inside an agent, whose HOME has moved, which daemon to ask."""
        return {
            "RINGLET_CONFIG_DIR": str(self.paths.config),
            "RINGLET_STATE_DIR": str(self.paths.state),
            "RINGLET_USER_HOME": str(self.paths.user_home),
            "RINGLET_DAEMON_ENDPOINT": self.place.endpoint,
        }

    @cached_property
    def refresh(self) -> Refresh:
        from ringlet.engine.refresh import Refresh

        return Refresh(
            paths=self.paths,
            store=self.store,
            catalogs=self.catalogs,
            agents=self.agents,
            scripts=self.scripts,
            events=self.events,
            environ=self.environ,
        )
