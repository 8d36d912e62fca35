"""Command lines over the whole tree: every command and option, with whatever values."""

from __future__ import annotations

from random import Random
from typing import Final

import click
from tests.faults import values

from ringlet.commands.root import cli

_GLOBAL: Final = ((b"--json",), (b"--log-level", b"debug"), (b"--log-level", b"\xff"), (b"--json",))


def leaves() -> list[tuple[tuple[str, ...], click.Command]]:
    """Each command that can be called, with the words that call it."""
    return list(_below((), cli))


def _below(
    words: tuple[str, ...], command: click.Command
) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        return [(words, command)]
    context = click.Context(command)
    found: list[tuple[tuple[str, ...], click.Command]] = [(words, command)]
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        found += _below((*words, name), below)
    return found


def line(
    chance: Random,
    tree: list[tuple[tuple[str, ...], click.Command]],
    paths: tuple[bytes, ...],
) -> list[bytes]:
    """One command line; the system lets no argument hold a NUL."""
    if chance.random() < 0.03:
        words = [values.word(chance, paths) for _ in range(chance.randint(0, 4))]
        return [b"__complete", b"bash", *words] if chance.random() < 0.5 else words
    names, command = chance.choice(tree)
    arguments: list[bytes] = []
    options: list[bytes] = []
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            if chance.random() < 2 / (2 + len(command.params)):
                options += _option(chance, parameter, paths)
        elif chance.random() < 0.9:
            count = parameter.nargs if parameter.nargs > 0 else chance.randint(0, 3)
            arguments += [_value(chance, parameter, paths) for _ in range(count)]
    if chance.random() < 0.1:
        options += chance.choice(_GLOBAL)
    if chance.random() < 0.05:
        arguments.append(values.word(chance, paths))
    parts = [options, arguments] if chance.random() < 0.5 else [arguments, options]
    return [*(name.encode() for name in names), *parts[0], *parts[1]]


def _option(chance: Random, option: click.Option, paths: tuple[bytes, ...]) -> list[bytes]:
    name = chance.choice(option.opts).encode()
    if option.is_flag:
        return [name]
    value = _value(chance, option, paths)
    return [name, value] if chance.random() < 0.7 else [name + b"=" + value]


def _value(chance: Random, parameter: click.Parameter, paths: tuple[bytes, ...]) -> bytes:
    if isinstance(parameter.type, click.Choice) and chance.random() < 0.7:
        return str(chance.choice(list(parameter.type.choices))).encode()
    return values.word(chance, paths)


def follows(argv: list[bytes]) -> bool:
    """Whether the command may go on until somebody ends it."""
    return bool({b"--watch", b"events", b"-f", b"--foreground", b"daemon"}.intersection(argv))
