"""Start profiles: plans for clients that have a terminal, and runs of the daemon's own."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.lifecycle import Lifecycle
from ringlet.engine.planning import Planner
from ringlet.engine.plans import Plan, Situation
from ringlet.engine.records import ActiveRun, End
from ringlet.engine.run_keys import RunKeys
from ringlet.engine.runs import Runs
from ringlet.runtime import scratch
from ringlet.runtime.detached import Detached
from ringlet.runtime.marks import RUN_ID
from ringlet.store.aside import aside
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.runs import ExecutionContext
from ringlet.wire.requests.runs import ProfilesComplete

_log = logging.getLogger(__name__)
_TICKET_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Keys that wait for the client which the plan was made for."""

    connection: int
    env: Mapping[str, str] = field(repr=False)
    expires: float


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks for a plan: the process, and the connection that may redeem its ticket.

    One that `adopts` is our command line, which adopts the orphans of its run and has no others.
    """

    pid: int
    connection: int
    adopts: bool = False


class Launches:
    """Prepares, hands over and completes runs."""

    def __init__(
        self,
        *,
        profiles: ProfileStore,
        planner: Planner,
        runs: Runs,
        run_keys: RunKeys,
        lifecycle: Lifecycle,
        admit: Callable[[Profile], Awaitable[None]],
    ) -> None:
        self._admit = admit
        self._lifecycle = lifecycle
        self._profiles = profiles
        self._planner = planner
        self._runs = runs
        self._run_keys = run_keys
        self._tickets: dict[str, _Ticket] = {}
        self._children: set[asyncio.Task[None]] = set()

    async def prepare(
        self,
        alias: str,
        *,
        args: list[str],
        situation: Situation,
        client: Client,
        command: list[str] | None = None,
    ) -> ExecutionContext:
        """A plan that the client carries out; it is watched from now on."""
        run, plan = await self._plan(alias, args, situation, client, command)
        return ExecutionContext(
            binary=plan.binary,
            working_dir=plan.working_dir,
            env=dict(plan.environment.plain),
            args=plan.args,
            alias=alias,
            run_id=run.run_id,
            secret_env=sorted(plan.environment.secret_names),
            ticket=self._issue(plan, client),
        )

    def redeem(self, ticket: str, connection: int) -> dict[str, str]:
        """The keys of a plan: once, soon, and only on the connection that got the plan."""
        found = self._tickets.pop(ticket, None)
        usable = found and found.connection == connection and found.expires > time.monotonic()
        if found is None or not usable:
            raise RingletError(
                ErrorCode.FORBIDDEN,
                "This ticket is not valid here (any more)",
                hint="Ask for a new plan on this connection.",
            )
        return dict(found.env)

    async def complete(self, report: ProfilesComplete) -> None:
        """The client says how its run ended."""
        outcome = "signalled" if report.signal or report.exit_code < 0 else "exited"
        end = End(outcome, report.exit_code, report.peak_memory_bytes, report.cpu_seconds)
        await self._runs.finished(report.run_id, end)

    async def environment(
        self, alias: str, *, environ: Mapping[str, str], include_secrets: bool
    ) -> dict[str, str]:
        """The variables of a profile, its keys only if asked for; nothing is written."""
        profile = self._profiles.get(alias)
        here = Situation(profile.working_dir or profile.metadata.home, environ)
        configured = await self._planner.configure(profile, situation=here, run_id="")
        environment = configured.environment
        found = environment.reveal() if include_secrets else dict(environment.plain)
        return {name: value for name, value in found.items() if name != RUN_ID}

    async def run_detached(self, alias: str, *, args: list[str], situation: Situation) -> int:
        """Run the agent with no terminal, whatever becomes of us; returns its process id."""
        run, plan = await self._plan(alias, args, situation, None, None)
        try:
            child = await Detached.start(
                [plan.binary, *plan.args], environ=plan.environment.reveal(), cwd=plan.working_dir
            )
        except (OSError, ValueError) as error:
            await self._runs.discard(run.run_id)
            raise RingletError(
                ErrorCode.EXECUTION_ERROR, f"Cannot start {plan.binary}: {error}"
            ) from error
        await self._runs.started(run.run_id, child.pid)
        task = asyncio.create_task(self._see_through(run, child))
        self._children.add(task)
        task.add_done_callback(self._children.discard)
        return child.pid

    async def _plan(
        self,
        alias: str,
        args: list[str],
        situation: Situation,
        client: Client | None,
        command: list[str] | None,
    ) -> tuple[ActiveRun, Plan]:
        profile = self._profiles.get(alias)
        cwd = profile.working_dir or situation.cwd
        if not await aside(os.path.isdir, cwd):
            raise _no_folder(alias, cwd, of_profile=bool(profile.working_dir))
        await self._admit(profile)
        is_agent = not command
        temporary = scratch.choose(situation.environ) if is_agent else ""
        run = await self._runs.open(
            profile,
            cwd=cwd,
            client_pid=client.pid if client else None,
            adopts=client is not None and client.adopts,
            is_agent=is_agent,
            temporary=temporary,
        )
        try:
            plan = await self._planner.plan(
                profile,
                args=args,
                situation=_within(situation, await aside(scratch.make, temporary)),
                run_id=run.run_id,
                command=command,
            )
            if is_agent:
                await self._lifecycle.reach("pre_run", profile, environ=situation.environ)
        except BaseException:
            await self._runs.discard(run.run_id)
            raise
        if plan.asked_for is not None:
            self._run_keys.keep(run.run_id, plan.asked_for)
        _log.info("run %s of profile %s: %s in %s", run.run_id, alias, plan.binary, cwd)
        return run, plan

    def _issue(self, plan: Plan, client: Client) -> str:
        if not plan.environment.secret_names:
            return ""
        now = time.monotonic()
        self._tickets = {t: kept for t, kept in self._tickets.items() if kept.expires > now}
        ticket = os.urandom(24).hex()
        revealed = plan.environment.reveal()
        keys = {name: revealed[name] for name in plan.environment.secret_names}
        self._tickets[ticket] = _Ticket(client.connection, keys, now + _TICKET_SECONDS)
        return ticket

    async def _see_through(self, run: ActiveRun, child: Detached) -> None:
        ending = await child.ending
        await self._runs.end_rest(run.run_id)
        outcome = "signalled" if ending.code < 0 else "exited"
        end = End(outcome, ending.code, ending.peak_memory_bytes, ending.cpu_seconds)
        await self._runs.finished(run.run_id, end)


def _within(situation: Situation, temporary: str) -> Situation:
    """The situation with a folder for temporary files; the profile's own TMPDIR goes before it."""
    if not temporary:
        return situation
    return replace(situation, environ={**situation.environ, "TMPDIR": temporary})


def _no_folder(alias: str, cwd: str, *, of_profile: bool) -> RingletError:
    if of_profile:
        return RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"The working folder {cwd} of profile {alias} does not exist",
            hint=f"Make it, or choose another: ringlet profiles set {alias} working-dir DIR",
        )
    return RingletError(
        ErrorCode.EXECUTION_ERROR,
        f"The folder that you are in does not exist any more{f': {cwd}' if cwd else ''}",
        hint="Change into another one, and start the profile there.",
    )
