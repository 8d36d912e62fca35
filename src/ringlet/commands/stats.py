"""`ringlet stats`: runs in numbers."""

from __future__ import annotations

import click

from ringlet.commands.session import Session
from ringlet.commands.text import duration, moment
from ringlet.commands.tree import Command, examples
from ringlet.wire.replies.usage import RunStats


@click.command(
    "stats",
    cls=Command,
    epilog=examples("ringlet stats", "ringlet stats --agent claude --json"),
)
@click.option("--agent", metavar="AGENT", help="Only runs of this agent.")
@click.option("--provider", metavar="PROVIDER", help="Only runs with this provider.")
@click.pass_obj
async def group(session: Session, agent: str | None, provider: str | None) -> None:
    """Count runs and add up their time; by agent, provider and profile."""
    stats = await session.change.usage.runs(agent, provider)
    session.show(stats, lambda: _text(session, stats))


def _text(session: Session, stats: RunStats) -> list[str]:
    if not stats.total_sessions:
        return ["No runs yet."]
    agents = [
        (
            name,
            str(each.sessions),
            duration(each.runtime_secs),
            duration(each.cpu_seconds),
            f"{each.peak_memory_bytes >> 20} MiB",
            str(each.profiles),
        )
        for name, each in stats.by_agent.items()
    ]
    heads = ("Agent", "Runs", "Time", "CPU", "Peak memory", "Profiles")
    lines = [
        f"Total runs: {stats.total_sessions}   Total run time: "
        f"{duration(stats.total_runtime_secs)}",
        "",
        *session.table(heads, agents, empty=""),
    ]
    for title, found in (("Provider", stats.by_provider), ("Model", stats.by_model)):
        rows = [(n or "—", str(e.sessions), duration(e.runtime_secs)) for n, e in found.items()]
        lines += ["", *session.table((title, "Runs", "Time"), rows, empty="")]
    profiles = [
        (name, str(each.sessions), duration(each.runtime_secs), moment(each.last_used))
        for name, each in stats.by_profile.items()
    ]
    last = session.table(("Profile", "Runs", "Time", "Last used"), profiles, empty="")
    return [*lines, "", *last]
