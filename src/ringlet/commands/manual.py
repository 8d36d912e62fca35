"""The manual page, made of the command tree."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ringlet import __version__
from ringlet.commands.arguments import explained
from ringlet.commands.root import cli

_HEAD = """\
.TH RINGLET 1 "" "ringlet {version}" "User Commands"
.SH NAME
ringlet \\- run CLI coding agents under isolated profiles, against any provider
.SH SYNOPSIS
.B ringlet
[\\fB\\-\\-json\\fR] [\\fB\\-\\-log\\-level\\fR \\fILEVEL\\fR]
\\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]
.SH DESCRIPTION
A profile binds an agent to a provider, an endpoint, a model and a key, and has a home of its own.
.P
\\fB\\-\\-json\\fR prints results for programs; \\fB\\-\\-log\\-level\\fR shows what is logged
while the command runs. Both may stand anywhere.
.SH COMMANDS
"""
_TAIL = """\
.SH EXIT STATUS
0 if all went well, 1 after an error, 2 if the command line was not understood. \\fBprofiles run\\fR
and \\fBprofiles exec\\fR end with the status of the program that they ran.
.SH FILES
.TP
.I ~/.config/ringlet/config.toml
The settings; see \\fBringlet config list\\fR.
.TP
.I ~/.config/ringlet/
Everything else that lasts: profiles, manifests, scripts, logs.
"""


def manual() -> str:
    """The page in the language of man(7)."""
    parts = [_HEAD.format(version=__version__)]
    for path, command in leaves(cli):
        parts.extend(_entry(path, command))
    return "".join(parts) + _TAIL


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands that do something, with the words that call them."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    if path and command.invoke_without_command:
        yield path, command
    for name, child in children(command):
        yield from leaves(child, (*path, name))


def groups(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Group]]:
    """All commands that have commands, the given one first."""
    yield path, group
    for name, child in children(group):
        if isinstance(child, click.Group):
            yield from groups(child, (*path, name))


def children(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group that its help shows, by name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        if child is not None and not child.hidden:
            yield name, child


def options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """The options of a command as its help spells them, each with what it means."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield record


def _entry(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name="ringlet " + " ".join(path))
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS ringlet {_safe(' '.join(path))}\n"
    yield f".B ringlet {_safe(' '.join(path))}\n{_line(usage)}.P\n"
    for paragraph in (command.help or "").split("\n\n"):
        yield _line(" ".join(paragraph.split())) + ".P\n"
    for name, meaning in [*explained(command, context), *options(command, context)]:
        yield f".TP\n.B {_safe(name)}\n{_line(meaning)}"
    if command.epilog:
        yield f".P\n.nf\n{''.join(map(_line, command.epilog.splitlines()))}.fi\n"


def _line(text: str) -> str:
    """A line of text; a dot or quote at its beginning would be a command."""
    safe = _safe(text)
    return ("\\&" + safe if safe[:1] in (".", "'") else safe) + "\n"


def _safe(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")
