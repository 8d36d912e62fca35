"""The whole command tree."""

from __future__ import annotations

import click

from ringlet import __version__
from ringlet.commands.tree import HelpRequested, LazyGroup, examples


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        raise HelpRequested(f"ringlet {__version__}")


@click.group(
    cls=LazyGroup,
    nouns=(
        "agents",
        "aliases",
        "budget",
        "completion",
        "config",
        "daemon",
        "demo",
        "doctor",
        "env",
        "events",
        "help",
        "init",
        "profiles",
        "providers",
        "runs",
        "scripts",
        "secrets",
        "stats",
        "ui",
        "usage",
        "version",
    ),
    later=("export", "hooks", "import", "proxy", "registry", "terminal"),
    epilog=examples(
        "ringlet init                                          set up, in a few questions",
        "ringlet demo                                          see it work, no account needed",
        "ringlet agents list                                   what is installed here",
        "ringlet profiles create claude work --provider self   a home of its own",
        "ringlet profiles run work                             the agent, in this terminal",
    )
    + "\n\nGlobal options: --json (output for programs), --log-level LEVEL, -V/--version.",
)
@click.option("-V", "--version", is_flag=True, is_eager=True, expose_value=False,
              callback=_show_version, help="Show the version.")  # fmt: skip
def cli() -> None:
    """Run CLI coding agents under isolated profiles, against any provider."""
