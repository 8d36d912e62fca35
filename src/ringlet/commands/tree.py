"""The building blocks of the command tree: click, without its own printing and exiting.

Commands run in a daemon that serves many callers, so nothing may print: help is raised, results
are said to the caller, and a callback returns a coroutine that `execute` awaits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

import click

from ringlet.commands.arguments import explained
from ringlet.domain.rights import USER

F = TypeVar("F", bound=Callable[..., Any])


class HelpRequested(Exception):
    """`--help` was given; the text is the help of the command in question."""


class _QuietHelp(click.Command):
    """Gives commands a --help option that raises instead of printing, and help that is not cut.

    Nothing of a command is done before it is clear that who gives it may.
    """

    def invoke(self, ctx: click.Context) -> Any:
        origin = getattr(ctx.obj, "origin", USER)
        if not origin.is_free and not ctx._protected_args:  # else a command of this group decides
            from ringlet.engine.rights import parameters_for  # for runs of agents only

            path = ctx.command_path.partition(" ")[2]
            ctx.params |= parameters_for(origin, path, ctx.params)
        return super().invoke(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option:
        return click.Option(
            ["-h", "--help"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            help="Show this text.",
            callback=_raise_help,
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples keep their lines."""
        if self.epilog:
            formatter.write("\n" + self.epilog + "\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if found := list(explained(self, ctx)):
            with formatter.section("Arguments"):
                formatter.write_dl(found)
        super().format_options(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence of the help; where that is too long, its first clause."""
        short = super().get_short_help_str(limit)
        if self.short_help or not short.endswith("..."):
            return short
        sentence = " ".join((self.help or "").partition("\n\n")[0].split())
        return re.split("[;:]", sentence, maxsplit=1)[0].rstrip(".") + "."


class Command(_QuietHelp):
    """A leaf of the tree."""


class Group(_QuietHelp, click.Group):
    """A noun: its verbs are its commands.

    `elsewhere` maps verbs to modules of `ringlet.commands` with a table `COMMANDS`; such a module
    is loaded when the verb is used.
    """

    command_class = Command
    group_class = type

    def __init__(
        self, *args: Any, elsewhere: Mapping[str, str] = MappingProxyType({}), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"ringlet.commands.{self._elsewhere[cmd_name]}")
        commands: dict[str, click.Command] = module.COMMANDS
        return commands[cmd_name]


class LazyGroup(Group):
    """The root: a noun's module, `ringlet.commands.<noun>`, is loaded when the noun is used.

    The module's `group` is the command. `later` are nouns that are documented, but not part of
    this version: they say so when used.
    """

    def __init__(
        self, *args: Any, nouns: Sequence[str], later: Sequence[str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._nouns = nouns
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._nouns)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._nouns:
            return None
        command: click.Command = import_module(f"ringlet.commands.{cmd_name}").group
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self._later:
            raise _not_yet(args[0], ctx)
        return super().resolve_command(ctx, args)


class _Names(click.ParamType[tuple[str, ...]]):
    """Names separated by commas; the same name twice counts once."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        words = value.split(",") if isinstance(value, str) else value
        return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


NAMES = _Names()


def _raise_help(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        raise HelpRequested(ctx.get_help())


def examples(*lines: str) -> str:
    """The epilog of a command: lines that can be typed as they are."""
    return "\n".join(["Examples:", *(f"  {line}" for line in lines)])


def _not_yet(name: str, ctx: click.Context) -> click.UsageError:
    return click.UsageError(f"{name} is not part of this version yet.", ctx)


def not_yet(*names: str) -> Callable[[F], F]:
    """Options that are documented but not part of this version: they say so when used."""

    def refuse(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value and not ctx.resilient_parsing:
            raise _not_yet(parameter.opts[0], ctx)

    def decorate(function: F) -> F:
        for name in names:
            flag, _, metavar = name.partition(" ")
            function = click.option(
                flag,
                is_flag=not metavar or None,  # False: its value could not begin with a dash
                metavar=metavar or None,
                expose_value=False,
                hidden=True,
                callback=refuse,
            )(function)
        return function

    return decorate
