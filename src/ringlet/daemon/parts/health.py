"""Whether all is well, and what is not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringlet.daemon.parts.usage import UsageParts
from ringlet.domain.errors import RingletError

if TYPE_CHECKING:
    import asyncio

    from ringlet.engine.agents import Agents
    from ringlet.engine.doctor import Doctor
    from ringlet.engine.runs import Runs

_PATIENCE: Final = 1.0


class HealthParts(UsageParts):
    """What looks after everything that is kept."""

    _examination: asyncio.Task[None] | None = None

    @cached_property
    def doctor(self) -> Doctor:
        from ringlet.engine.doctor import Doctor, content, ledger, machine, state

        store, vault = self.store, self.vault
        folders = [self.paths.config, self.paths.state]
        checks = (
            machine.Machine(folders=folders),
            machine.Http(problems=lambda: self.http_problems),
            state.State(paths=self.paths, examine=self.examine, problems=self.file_problems),
            ledger.Ledger(path=self.paths.ledger, keeper=lambda: self.usage.keeper),
            content.Transcripts(problems=self.usage_problems),
            content.Secrets(vault=vault),
            content.Programs(store=store, agents=self.agents, scripts=self.scripts),
            content.Profiles(store=store, catalogs=self.catalogs, vault=vault),
            content.Shims(aliases=self.aliases, store=store),
        )
        return Doctor([check.check for check in checks])

    async def examine(self) -> None:
        """Look at the state files that nobody has needed yet, so that damage is told at once."""
        import asyncio

        if self._examination is None:
            self._examination = asyncio.create_task(self._examine())
        await asyncio.shield(self._examination)

    async def _examine(self) -> None:
        import asyncio

        self.access.examine()  # in the loop, which is also where a new token is made
        await asyncio.to_thread(self._look, self.runs, self.agents)
        await self.refresh.examine()
        if not self.read_only:
            self._usage = asyncio.create_task(self._examine_usage())
            await asyncio.wait({self._usage}, timeout=_PATIENCE)  # all of a large ledger takes long

    async def _examine_usage(self) -> None:
        """Look through the ledger, and mend it if need be, though nobody asked for usage."""
        import asyncio

        from ringlet.store.ledger.examination import look_through

        try:
            is_well = not await asyncio.to_thread(look_through, self.paths.ledger)
        except RingletError:
            is_well = False  # whoever keeps the ledger says why, and tries again
        if not is_well:
            await self.usage.keeper.recover()

    def _look(self, runs: Runs, agents: Agents) -> None:
        from ringlet.store.secrets.examination import examine

        if not self.read_only:
            runs.examine()
        agents.load_cache()
        examine(self.paths.config, self.paths.state, self.quarantine)

    def all_problems(self) -> list[str]:
        """What is wrong with the files that were read so far and with HTTP, one sentence each."""
        of_usage = self.usage.keeper.problems if "usage" in self.__dict__ else []
        return [*self.http_problems, *of_usage, *self.file_problems()]

    def file_problems(self) -> list[str]:
        """What is wrong with the files that were read so far, one sentence each."""
        from ringlet.engine.settings import complaints

        return [
            *self.problems,
            *([self.watchdog.problem] if self.watchdog and self.watchdog.problem else []),
            *filter(None, [self.current.problem]),
            *self.quarantine.problems,
            *self.refresh.problems,
            *map(str, self.catalogs.problems),
            *complaints(self.current(), self.catalogs.providers.entries),
        ]
