"""`ringlet scripts`: look at scripts, try them out, make them yours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import NAMES, Group, examples
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting.locating import LARGEST_SCRIPT, Script, decode_script
from ringlet.store.aside import aside

if TYPE_CHECKING:
    from ringlet.wire.replies.scripts import ScriptTrial


@click.group("scripts", cls=Group)
def group() -> None:
    """See and change the scripts that make the configuration of agents.

    Of several scripts of one name the first of these counts: yours in the configuration folder,
    that of the registry, the built-in one.
    """


@group.command("list", epilog=examples("ringlet scripts list", "ringlet scripts list --json"))
@click.pass_obj
async def list_scripts(session: Session) -> None:
    """List all scripts, and where each comes from."""
    found = await aside(session.use.scripts.all)
    rows = [(s.name, s.origin, ", ".join(s.agents) or "-", s.path or "-") for s in found]
    heads = ("Name", "Origin", "Agents", "Path")
    session.show(found, lambda: session.table(heads, rows, empty="There are no scripts."))


@group.command("show", epilog=examples("ringlet scripts show claude.rhai"))
@click.argument("name")
@click.pass_obj
async def show(session: Session, name: str) -> None:
    """Print the script that counts."""
    script = await aside(session.use.scripts.show, name)
    session.hand_out(script, lambda: script.text.rstrip("\n"))


@group.command(
    "test",
    epilog=examples(
        "ringlet scripts test claude.rhai --provider minimax --alias test",
        "ringlet scripts test ./draft.rhai --agent codex --provider openai --hooks auto_format",
    ),
)
@click.argument("script")
@click.option("--agent", "agent_id", metavar="ID", help="Default: the one that has this script.")
@click.option("-p", "--provider", "provider_id", metavar="ID", help="Default: the agent's usual.")
@click.option("-e", "--endpoint", "endpoint_id", metavar="ID", help="One of the provider's.")
@click.option("-m", "--model", metavar="NAME", help="Any name.")
@click.option("--alias", default="test", show_default=True, help="Of the made-up profile.")
@click.option("--hooks", metavar="LIST", type=NAMES, help="Such as auto_format,auto_lint.")
@click.option("--mcp", metavar="LIST", type=NAMES, help="Such as filesystem,github.")
@click.option("--bare", is_flag=True, help="Without hooks and MCP servers of config.toml.")
@click.option("--proxy-url", metavar="URL", help="As if a proxy were in between.")
@click.pass_obj
async def test(
    session: Session,
    /,
    script: str,
    hooks: tuple[str, ...] | None,
    mcp: tuple[str, ...] | None,
    **choices: Any,
) -> None:
    """Run a script for a made-up profile and show what it makes; nothing is written.

    SCRIPT is a name of `scripts list`, a path with a slash in it, which may lead to a pipe, or -
    for the standard input.
    """
    trial = await _try(session, script, hooks=hooks or (), mcp_servers=mcp or (), **choices)
    session.show(trial, lambda: _describe(trial))


@group.command(
    "edit",
    epilog=examples(
        "ringlet scripts edit claude.rhai", "EDITOR=nano ringlet scripts edit codex.rhai"
    ),
)
@click.argument("name")
@click.pass_obj
async def edit(session: Session, name: str) -> None:
    """Change your own copy of a script in your editor; it is checked afterwards.

    The copy is made from the script that counted so far, and counts from then on.
    """
    services = session.change
    if not session.caller.invocation.interactive:
        raise RingletError(ErrorCode.INVALID_REQUEST, "There is no terminal for an editor")
    path = await services.scripts.copy(name)
    await session.caller.edit(str(path))
    trial = await _try(session, name)
    for remark in trial.remarks:
        session.caller.note(_at(name, remark.line, remark.column, remark.message))
    session.succeed(f"{path} is in use: it makes {_count(trial)}")


async def _try(session: Session, name: str, **choices: Any) -> ScriptTrial:
    from ringlet.engine.scripts import Trial

    folder = session.caller.invocation.cwd
    script = await _find(session, name)
    return await session.use.scripts.test(script, Trial(**choices), folder=folder)


async def _find(session: Session, name: str) -> Script:
    """The script of a name, or what is in a file or pipe of the caller's."""
    if name != "-" and "/" not in name:
        return await aside(session.use.scripts.named, name)
    source, content = "the standard input" if name == "-" else name, b""
    async for piece in session.caller.pieces(name):
        content += piece
        if len(content) > LARGEST_SCRIPT:
            break
    return Script(os.path.basename(name), decode_script(content, source), source)


def _describe(trial: ScriptTrial) -> list[str]:
    lines = [
        f"{trial.script} ({trial.source}), agent {trial.agent_id}, provider {trial.provider_id}: "
        f"{_count(trial)}, {trial.milliseconds:g} ms"
    ]
    for path, text in trial.files.items():
        lines += ["", f"File {path}", *(f"  {line}" for line in text.rstrip("\n").split("\n"))]
    if trial.env:
        lines += ["", "Variables", *(f"  {name}={text}" for name, text in trial.env.items())]
    if trial.args:
        lines += ["", "Arguments", *(f"  {text}" for text in trial.args)]
    if trial.printed:
        lines += [
            "",
            "Printed",
            *(f"  {line}" for text in trial.printed for line in text.split("\n")),
        ]
    if trial.remarks:
        places = (_at(trial.script, r.line, r.column, r.message) for r in trial.remarks)
        lines += ["", "Remarks", *(f"  {text}" for text in places)]
    return lines


def _at(script: str, line: int, column: int, message: str) -> str:
    return f"{script}:{line}:{column}: {message}"


def _count(trial: ScriptTrial) -> str:
    parts = ((trial.files, "file"), (trial.env, "variable"), (trial.args, "argument"))
    return ", ".join(f"{len(p)} {noun}{'' if len(p) == 1 else 's'}" for p, noun in parts)
