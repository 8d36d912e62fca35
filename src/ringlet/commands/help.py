"""`ringlet help`: the same as --help."""

from __future__ import annotations

import click

from ringlet.commands.tree import Command, HelpRequested, examples
from ringlet.domain.errors import ErrorCode, RingletError


@click.command("help", cls=Command, epilog=examples("ringlet help", "ringlet help profiles create"))
@click.argument("command", nargs=-1)
@click.pass_context
async def group(ctx: click.Context, command: tuple[str, ...]) -> None:
    """Show the help of a command, as --help after it does."""
    context = ctx.find_root()
    for name in command:
        found = context.command
        child = found.get_command(context, name) if isinstance(found, click.Group) else None
        if child is None:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"There is no command {' '.join(command)!r}",
                hint=f"See: {context.command_path} --help",
            )
        context = click.Context(
            child, info_name=name, parent=context, terminal_width=context.terminal_width
        )
    raise HelpRequested(context.get_help())
