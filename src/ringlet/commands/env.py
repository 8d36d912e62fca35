"""`ringlet env`: set-up tasks of agents."""

from __future__ import annotations

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Group, examples


@click.group("env", cls=Group, short_help="Run the set-up tasks that agents bring for profiles.")
def group() -> None:
    """Set up the environment of profiles with the tasks of their agents' manifests."""


@group.command("list", epilog=examples("ringlet env list work"))
@click.argument("alias")
@click.pass_obj
async def list_tasks(session: Session, alias: str) -> None:
    """List the tasks that there are for a profile."""
    found = session.use.tasks.all(alias)
    rows = [(task.name, task.description or "-", task.command) for task in found]
    heads = ("Task", "Description", "Command")
    session.show(found, lambda: session.table(heads, rows, empty="Its agent has no tasks."))


@group.command("setup", epilog=examples("ringlet env setup work cli-remap"))
@click.argument("alias")
@click.argument("task")
@click.pass_obj
async def setup(session: Session, alias: str, task: str) -> int:
    """Run a task with the environment and key of a profile; in this terminal and folder.

    Tasks stand in the agent's manifest, as [setup_tasks.NAME] with a command and a description.
    The command is started as it is, without a shell.
    """
    from ringlet.commands.launching import launch

    return await launch(session, alias, [], command=session.use.tasks.command(alias, task))
