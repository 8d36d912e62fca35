"""The reference of the command line as pages in Markdown, made of the command tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from ringlet.commands.manual import leaves
from ringlet.commands.root import cli

SINGLE: Final = "single"
"""The page of the commands that are no groups."""

_MADE: Final = "<!-- Made of the code by tools/generate-docs. -->\n"
# Where what a group is about is explained.
_ABOUT: Final = {
    "agents": "[Agents and providers](../manifests.md)",
    "aliases": "[Profiles](../profiles.md)",
    "budget": "[Budgets](../budgets.md)",
    "config": "[Settings](../settings.md)",
    "daemon": "[The daemon and its protocol](../protocol.md)",
    "env": "[Agents and providers](../manifests.md)",
    "profiles": "[Profiles](../profiles.md)",
    "providers": "[Agents and providers](../manifests.md)",
    "runs": "[Profiles](../profiles.md)",
    "scripts": "[Scripts](../scripts.md)",
    "secrets": "[Keys and isolation](../security.md)",
    "usage": "[Usage and cost](../usage.md)",
}


def pages() -> dict[str, str]:
    """The text of each page by its name: one for each group, one for single commands."""
    context = click.Context(cli)
    found: dict[str, str] = {}
    single: list[str] = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None  # noqa: S101 - it was listed
        if isinstance(command, click.Group):
            found[name] = "\n".join(_group(name, command))
        else:
            single += _command((name,), command)
    found[SINGLE] = "\n".join([_MADE, "# Commands without a group", "", *single])
    return found


def _group(name: str, group: click.Group) -> Iterator[str]:
    yield from (_MADE, f"# ringlet {name}", "")
    yield from _paragraphs(group.help)
    if name in _ABOUT:
        yield from (f"More: {_ABOUT[name]}.", "")
    yield from ("| Command | |", "|---|---|")
    commands = list(leaves(group, (name,)))
    for path, command in commands:
        words = " ".join(path)
        yield f"| [`ringlet {words}`](#ringlet-{'-'.join(path)}) | {_summary(command)} |"
    yield ""
    for path, command in commands:
        yield from _command(path, command)


def _command(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    words = " ".join(path)
    context = click.Context(command, info_name=f"ringlet {words}")
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f"## ringlet {words}", "", "```text", f"ringlet {words} {usage}".strip(), "```", "")
    yield from _paragraphs(command.help)
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [
        f"| `{flags}` | {_cell(text)} |"
        for flags, text in filter(None, records)
        if text and not flags.startswith("-h")
    ]
    if rows:
        yield from ("| Option | |", "|---|---|", *rows, "")
    if command.epilog:
        lines = [line.strip() for line in command.epilog.splitlines()[1:]]
        yield from ("```text", *lines, "```", "")


def _paragraphs(text: str | None) -> Iterator[str]:
    for paragraph in (text or "").strip().split("\n\n"):
        yield from (_escaped(" ".join(paragraph.split())), "")


def _summary(command: click.Command) -> str:
    return _cell((command.help or "").strip().partition("\n\n")[0].replace("\n", " "))


def _cell(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")
