"""`ringlet runs`: what runs now and what ran before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import click

from ringlet.commands.session import Session
from ringlet.commands.text import duration, moment
from ringlet.commands.tree import Group, examples
from ringlet.commands.watching import watchable
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.protocol import MOST_RUNS


@click.group("runs", cls=Group)
def group() -> None:
    """See, pause and end runs of agents."""


@group.command("list", epilog=examples("ringlet runs list --watch", "ringlet runs list --limit 50"))
@click.option(
    "--limit",
    type=click.IntRange(0, MOST_RUNS),
    default=20,
    show_default=True,
    help="How many ended runs to show.",
)
@click.pass_obj
@watchable("Profile")
async def list_runs(session: Session, limit: int) -> None:
    """List active runs, then the last ended ones."""
    found = [r for r in await session.use.runs.recent(limit) if session.origin.sees(r.profile)]
    rows = [
        (
            run.run_id[:12],
            run.profile,
            run.outcome,
            "" if run.exit_code is None else str(run.exit_code),
            moment(run.started_at),
            "" if run.duration_secs is None else duration(run.duration_secs),
            "" if run.cpu_seconds is None else duration(run.cpu_seconds),
            "" if run.peak_memory_bytes is None else f"{run.peak_memory_bytes >> 20} MiB",
        )
        for run in found
    ]
    heads = ("Run", "Profile", "Outcome", "Code", "Started", "Took", "CPU", "Memory")
    session.show(found, lambda: session.table(heads, rows, empty="No runs yet."))


@group.command("pause", epilog=examples("ringlet runs pause work", "ringlet runs pause 3f2a9c"))
@click.argument("run_or_alias")
@click.pass_obj
async def pause(session: Session, run_or_alias: str) -> None:
    """Stop a run, or all runs of a profile; they stay where they are until they are resumed."""
    await _each(session, run_or_alias, session.change.runs.pause, "Paused")


@group.command("resume", epilog=examples("ringlet runs resume work", "ringlet runs resume 3f2a9c"))
@click.argument("run_or_alias")
@click.pass_obj
async def resume(session: Session, run_or_alias: str) -> None:
    """Let a paused run, or all paused runs of a profile, go on.

    Where the shell has taken its terminal back meanwhile, `fg` gives it to the agent again.
    """
    await _each(session, run_or_alias, session.change.runs.resume, "Resumed")


@group.command("stop", epilog=examples("ringlet runs stop work", "ringlet runs stop 3f2a9c"))
@click.argument("run_or_alias")
@click.pass_obj
async def stop(session: Session, run_or_alias: str) -> None:
    """End a run, or all runs of a profile; everything that they started ends, too."""
    await _each(session, run_or_alias, session.change.runs.stop, "Ended")


async def _each(
    session: Session, run_or_alias: str, act: Callable[[str], Awaitable[object]], done: str
) -> None:
    """Do something to each run that the word means, and say so."""
    chosen = [
        run.run_id
        for run in session.change.runs.active()
        if run.profile == run_or_alias or (run_or_alias and run.run_id.startswith(run_or_alias))
    ]
    if not chosen:
        raise RingletError(
            ErrorCode.RUN_NOT_FOUND,
            f"Nothing called {run_or_alias!r} is running",
            hint="See: ringlet runs list",
        )
    for run_id in chosen:
        await act(run_id)
    session.succeed(f"{done} {len(chosen)} run{'s' if len(chosen) > 1 else ''}")
