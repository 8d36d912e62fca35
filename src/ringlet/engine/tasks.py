"""Set-up tasks of manifests: commands that run in a profile's environment when asked for."""

from __future__ import annotations

from typing import Final

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.commands import arguments, require_own
from ringlet.engine.planning import Planner
from ringlet.engine.plans import Situation
from ringlet.runtime.unattended import run_program
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.profiles import TaskInfo

SECONDS: Final = 600.0


class Tasks:
    """Knows the tasks of a profile's agent."""

    def __init__(
        self, *, store: ProfileStore, catalogs: Catalogs, planner: Planner, paths: Paths
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._planner = planner
        self._paths = paths

    def all(self, alias: str) -> list[TaskInfo]:
        """The tasks that there are for a profile."""
        agent = self._catalogs.agents.get(self._store.get(alias).agent_id)
        return [
            TaskInfo(name, task.description, task.command)
            for name, task in sorted(agent.setup_tasks.items())
        ]

    def command(self, alias: str, name: str) -> list[str]:
        """The words of a task's command; INVALID_REQUEST names those that there are."""
        profile = self._store.get(alias)
        agent = self._catalogs.agents.get(profile.agent_id)
        task = agent.setup_tasks.get(name)
        if task is None:
            known = ", ".join(sorted(agent.setup_tasks))
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"{agent.name} has no set-up task {name!r}",
                hint=f"Its tasks: {known}." if known else "Its manifest has none: [setup_tasks.…].",
            )
        require_own(agent, self._paths)
        return arguments(task.command, profile, self._paths)

    async def run(self, alias: str, name: str, *, situation: Situation) -> str:
        """Run a task by the daemon, with no terminal; what it printed."""
        command = self.command(alias, name)
        plan = await self._planner.plan(
            self._store.get(alias), args=[], situation=situation, run_id="", command=command
        )
        outcome = await run_program(
            [plan.binary, *plan.args],
            environ=plan.environment.reveal(),
            cwd=plan.working_dir,
            seconds=SECONDS,
        )
        if outcome.code != 0:
            raise RingletError(
                ErrorCode.EXECUTION_ERROR,
                f"The task {name} ended with {outcome.code}",
                hint=outcome.output[-2000:],
            )
        return outcome.output
