"""What a manifest wants done when a profile is created, deleted, or has its agent run."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Literal

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.agents import Agents
from ringlet.engine.commands import arguments, require_own
from ringlet.engine.records import ActiveRun, End
from ringlet.runtime.unattended import run_program
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore

_log = logging.getLogger(__name__)
Moment = Literal["create", "delete", "pre_run", "post_run"]
SECONDS: Final = 10.0
_NOTHING: Final[Mapping[str, str]] = {}
_PASSED: Final = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL")


class Lifecycle:
    """Runs the hooks of manifests, each for a few seconds at most and without any key."""

    def __init__(
        self,
        *,
        catalogs: Catalogs,
        agents: Agents,
        profiles: ProfileStore,
        paths: Paths,
        environ: Mapping[str, str],
        locations: Mapping[str, str],
    ) -> None:
        self._catalogs = catalogs
        self._agents = agents
        self._profiles = profiles
        self._paths = paths
        self._environ = environ
        self._locations = locations
        self._tasks: set[asyncio.Task[None]] = set()

    async def reach(
        self,
        moment: Moment,
        profile: Profile,
        *,
        environ: Mapping[str, str] | None = None,
        more: Mapping[str, str] = _NOTHING,
    ) -> None:
        """Run the commands for this moment, in order; EXECUTION_ERROR or TIMEOUT if one fails.

        `environ` is the caller's (else the daemon's), of which they get PATH and the locale;
        `more` is added for them to read.
        """
        agent = self._catalogs.agents.entries.get(profile.agent_id)
        commands = getattr(agent.hooks, moment) if agent else ()
        if agent is None or not commands:
            return
        require_own(agent, self._paths)
        variables = await self._variables(moment, profile, environ or self._environ) | dict(more)
        for command in commands:
            argv = arguments(command, profile, self._paths)
            home = str(self._paths.user_home)  # not the profile's, where agents can write
            outcome = await run_program(argv, environ=variables, cwd=home, seconds=SECONDS)
            if outcome.code != 0:
                raise RingletError(
                    ErrorCode.EXECUTION_ERROR,
                    f"The {moment} command of {agent.id}, {argv[0]}, ended with {outcome.code}",
                    hint=outcome.output[-2000:] or f"See [hooks] in its manifest: {agent.source}",
                )

    def after_run(self, run: ActiveRun, end: End) -> None:
        """An agent's run has ended; what its manifest wants then is done beside everything else."""
        profile = self._profiles.find(run.profile)
        if profile is None or not run.is_agent:
            return
        code = "" if end.exit_code is None else str(end.exit_code)
        more = {"RINGLET_EXIT_CODE": code, "RINGLET_OUTCOME": end.outcome}
        task = asyncio.get_running_loop().create_task(self._after_run(profile, more))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for what is still at work; its time limit is short."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _after_run(self, profile: Profile, more: Mapping[str, str]) -> None:
        try:
            await self.reach("post_run", profile, more=more)
        except RingletError as error:  # nobody waits for it: the log is all there is
            _log.warning("profile %s: %s. %s", profile.alias, error.message, error.hint)

    async def _variables(
        self, moment: Moment, profile: Profile, environ: Mapping[str, str]
    ) -> dict[str, str]:
        """The environment of a hook: who and what, and the little that any program needs."""
        agent = self._catalogs.agents.get(profile.agent_id)
        path = None
        with suppress(RingletError):  # a profile may outlive its agent
            path = (await self._agents.locate(agent, environ)).path
        return {
            "PATH": environ.get("PATH", os.defpath),
            **{name: environ[name] for name in _PASSED if name in environ},
            **self._locations,
            "HOME": str(self._paths.user_home),
            "RINGLET_HOOK": moment,
            "RINGLET_PROFILE": profile.alias,
            "RINGLET_PROFILE_HOME": profile.metadata.home,
            "RINGLET_AGENT": agent.id,
            "RINGLET_AGENT_PATH": path or "",
            "RINGLET_MODEL": profile.model,
        }
