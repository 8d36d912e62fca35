"""`ringlet completion`: the script by which a shell completes command lines."""

from __future__ import annotations

from importlib import resources
from typing import Final

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples

SHELLS: Final = ("bash", "zsh", "fish", "powershell")


@click.command(
    "completion",
    cls=Command,
    short_help="Print the script for completion in a shell.",
    epilog=examples(
        "ringlet completion bash >~/.local/share/bash-completion/completions/ringlet",
        "ringlet completion zsh >~/.zfunc/_ringlet    (with fpath+=~/.zfunc before compinit)",
        "ringlet completion fish >~/.config/fish/completions/ringlet.fish",
        "ringlet completion powershell >>$PROFILE",
        'eval "$(ringlet completion bash)"            (in this shell only; zsh the same)',
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
async def group(session: Session, shell: str) -> None:
    """Print the script that makes a shell complete ringlet's command lines.

    It offers commands, options and what there is at the moment: aliases, agents, providers,
    endpoints, models, secrets, settings. It asks the daemon if one runs, and starts none.
    """
    script = resources.files("ringlet.data") / "completions" / f"ringlet.{shell}"
    text = script.read_text("utf-8")
    session.hand_out({"script": text}, lambda: text.rstrip("\n"))
