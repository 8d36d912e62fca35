"""What sets things up and looks after them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.editing import EditingParts

if TYPE_CHECKING:
    import asyncio

    from ringlet.engine.adoption import Adoption
    from ringlet.engine.agents import Agents
    from ringlet.engine.doctor import Doctor
    from ringlet.engine.installs import Installs
    from ringlet.engine.runs import Runs


class SetupParts(EditingParts):
    """The use cases about what is installed here, and whether it is whole."""

    _examination: asyncio.Task[None] | None = None

    @cached_property
    def installs(self) -> Installs:
        from ringlet.engine.installs import Installs

        return Installs(catalogs=self.catalogs, paths=self.paths, runs=self.runs)

    @cached_property
    def adoption(self) -> Adoption:
        from ringlet.engine.adoption import Adoption

        return Adoption(paths=self.paths, refresh=self.refresh)

    @cached_property
    def doctor(self) -> Doctor:
        from ringlet.engine.doctor import Doctor, content, machine, state

        store, vault = self.store, self.vault
        folders = [self.paths.config, self.paths.state]
        checks = (
            machine.Machine(folders=folders),
            machine.Http(problems=lambda: self.http_problems),
            state.State(paths=self.paths, examine=self.examine, problems=self.file_problems),
            content.Secrets(vault=vault),
            content.Programs(store=store, agents=self.agents, scripts=self.scripts),
            content.Profiles(store=store, catalogs=self.catalogs, vault=vault),
            content.Shims(aliases=self.aliases, store=store),
            content.Transcripts(problems=self.usage_problems),
        )
        return Doctor([check.check for check in checks])

    def usage_problems(self) -> dict[str, str]:
        """Files of agents that could not be read, by their paths; see the part about usage."""
        return {}

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

    def _look(self, runs: Runs, agents: Agents) -> None:
        from ringlet.store.ledger import examination as ledger
        from ringlet.store.secrets.examination import examine

        if not self.read_only:
            runs.examine()
        agents.load_cache()
        examine(self.paths.config, self.paths.state, self.quarantine)
        ledger.examine(self.paths.ledger, self.quarantine)

    def all_problems(self) -> list[str]:
        """What is wrong with the files that were read so far and with HTTP, one sentence each."""
        return [*self.http_problems, *self.file_problems()]

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
