"""The reference of all commands as Markdown, made of the command tree: a part for each page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import click

from ringlet.commands.arguments import explained
from ringlet.commands.manual import children, leaves, options
from ringlet.commands.root import cli

SINGLE: Final = "single"  # the page of the commands that have no others below them
_ESCAPES: Final = {**{ord(sign): f"\\{sign}" for sign in "\\*_["}, ord("<"): "&lt;"}


def pages() -> dict[str, str]:
    """What is generated of each page, by the name of the page."""
    found: dict[str, str] = {}
    singles: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in children(cli):
        if isinstance(command, click.Group):
            found[name] = _chapter(leaves(command, (name,)))
        else:
            singles.append(((name,), command))
    found[SINGLE] = _chapter(singles)
    return found


def overview() -> str:
    """All commands with what they do, each with a link to its description."""
    rows = []
    for name, command in children(cli):
        page = name if isinstance(command, click.Group) else SINGLE
        rows += [(path, short, page) for path, short in _listed(leaves(command, (name,)))]
    return _table(
        ("Command", "What it does"),
        ((f"[{_title(path)}]({page}.md#{_anchor(path)})", short) for path, short, page in rows),
    )


def _chapter(commands: Iterable[tuple[tuple[str, ...], click.Command]]) -> str:
    """A list of the commands, and a section for each."""
    known = list(commands)
    rows = ((f"[{_title(path)}](#{_anchor(path)})", short) for path, short in _listed(known))
    sections = (_section(path, command) for path, command in known)
    return "\n".join([_table(("Command", "What it does"), rows), *sections])


def _section(path: tuple[str, ...], command: click.Command) -> str:
    """One command: how it is called, what it does, what it takes, examples."""
    title = _title(path)
    context = click.Context(command, info_name=title)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [f"## {title}\n", f"```\n{title} {usage}\n```\n", _paragraphs(command.help or "")]
    takes = [*explained(command, context), *options(command, context)]
    rows = [(f"`{name}`", about) for name, about in takes if not name.endswith("--help")]
    if rows:
        parts.append(_table(("Takes", "Meaning"), rows))
    if command.epilog:
        lines = command.epilog.splitlines()[1:]
        parts.append("".join(f"    {line.strip()}\n" for line in lines))
    return "\n".join(parts)


def _listed(
    commands: Iterable[tuple[tuple[str, ...], click.Command]],
) -> Iterator[tuple[tuple[str, ...], str]]:
    for path, command in commands:
        yield path, command.get_short_help_str(100)


def _title(path: tuple[str, ...]) -> str:
    return " ".join(["ringlet", *path])


def _anchor(path: tuple[str, ...]) -> str:
    return "-".join(["ringlet", *path])


def _paragraphs(text: str) -> str:
    """The help of a command; each paragraph on one line."""
    return "\n".join(_plain(" ".join(part.split())) + "\n" for part in text.split("\n\n"))


def _table(heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {heads[0]} | {heads[1]} |", "|---|---|"]
    lines += [f"| {name} | {_plain(about).replace('|', chr(92) + '|')} |" for name, about in rows]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text as it is: no signs in it mark anything but code between backticks."""
    parts = text.split("`")
    for index in range(0, len(parts), 2):
        parts[index] = parts[index].translate(_ESCAPES)
    return "`".join(parts)
