"""Complete a command line: what may stand where the cursor is.

A shell asks by `__complete SHELL WORD…`, where the last word is the one to complete; bash sends
the line up to the cursor instead, and what it takes for the word. The answer begins with a line
that says what to offer (`words`, `files` or `folders`); then come the words, one a line, each
with a tab and what it means.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import click

from ringlet.commands.candidates import Candidates, live_values
from ringlet.commands.following import LEVELS
from ringlet.commands.root import cli
from ringlet.commands.session import Session
from ringlet.domain.legible import clean, shorten

_SECONDS: Final = 1.0
_GLOBAL: Final = (("--json", "Output for programs."), ("--log-level", "Show what is logged."))
# What needs no quotes in any shell. Other names are left to be typed.
_LONGEST: Final = 200
_PLAIN: Final = re.compile(rf"[A-Za-z0-9._/:+-][A-Za-z0-9._/:@+=-]{{0,{_LONGEST - 1}}}")
_FOLDERS: Final = ("DIR", "FOLDER")
_FILES: Final = ("PATH", "FILE")

Kind = Literal["words", "files", "folders"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What to offer: words with their meaning, or names of files or folders."""

    kind: Kind
    words: list[tuple[str, str]]


async def answer(session: Session, shell: str, words: list[str]) -> str:
    """What the shell gets. Never raises for what is typed: half a line is seldom right."""
    shown = ""
    if shell == "bash":
        line, shown = [*words, "", ""][:2]
        words = _split(line)[1:] or [""]
    elif shell == "powershell" and words:
        words = [*words[:-1], words[-1].removeprefix("=")]
    *before, word = words or [""]
    try:
        async with asyncio.timeout(_SECONDS):
            offer = await complete(session, before, word)
    except TimeoutError:
        offer = Offer("words", [])
    # bash replaces only its own idea of the word, which begins after a colon or equals sign.
    lead = len(word) - len(shown) if shell == "bash" else 0
    lines = [_spell(shell, value[max(0, lead) :], about) for value, about in offer.words]
    return "\n".join([offer.kind, *lines])


async def complete(session: Session, before: list[str], word: str) -> Offer:
    """What may take the place of `word` after the words before it."""
    if before[-1:] == ["--log-level"]:
        return Offer("words", _fitting(((level, "") for level in LEVELS), word))
    context = _enter(before)
    command = context.command
    parameter, lead, value = _parameter(context, before, word)
    if parameter is not None:
        kind = _kind(parameter)
        if kind != "words":
            return Offer(kind, [])
        found = await _values(session, context, parameter)
        return Offer("words", _fitting(((lead + v, about) for v, about in found), lead + value))
    if word.startswith("-"):
        return Offer("words", _fitting([*_options(command, context), *_GLOBAL], word))
    if _unread(context):  # a word before is no command
        return Offer("words", [])
    if isinstance(command, click.Group):
        return Offer("words", _fitting(_commands(command, context), word))
    return Offer("files", [])


def _enter(words: list[str]) -> click.Context:
    """The command that the words lead to, with the values that they give."""
    own: list[str] = []
    rest_of_words = iter(words)
    for word in rest_of_words:
        if word == "--log-level":
            next(rest_of_words, None)
        elif word != "--json":
            own.append(word)
    context = cli.make_context("ringlet", own, resilient_parsing=True)
    while isinstance(context.command, click.Group):
        rest = _unread(context)
        child = context.command.get_command(context, rest[0]) if rest else None
        if child is None:
            break
        context = child.make_context(rest[0], rest[1:], parent=context, resilient_parsing=True)
    return context


def _unread(context: click.Context) -> list[str]:
    """The words that a group has left for one of its commands."""
    if not isinstance(context.command, click.Group):
        return []
    return [*context._protected_args, *context.args]


def _parameter(
    context: click.Context, before: list[str], word: str
) -> tuple[click.Parameter | None, str, str]:
    """The parameter that the word belongs to, what stands before its value, and the value."""
    options = {
        name: parameter
        for parameter in context.command.get_params(context)
        if isinstance(parameter, click.Option) and not parameter.is_flag and not parameter.count
        for name in parameter.opts
    }
    if "--" not in before:
        name, equals, value = word.partition("=")
        if equals and name in options:
            return options[name], f"{name}=", value
        if before and before[-1] in options:
            return options[before[-1]], "", word
        if word.startswith("-"):
            return None, "", word
    for parameter in context.command.get_params(context):
        if isinstance(parameter, click.Argument):
            if parameter.nargs == -1 or not context.params.get(parameter.name or ""):
                return parameter, "", word
    return None, "", word


async def _values(
    session: Session, context: click.Context, parameter: click.Parameter
) -> Candidates:
    if isinstance(parameter.type, click.Choice):
        return [(str(choice), "") for choice in parameter.type.choices]
    path = context.command_path.split()[1:]
    if path == ["help"]:
        return _help_words(context)
    name = parameter.name or ""
    found = await live_values(session.use, path, name, context.params) or []
    if session.origin.is_free:
        return found
    from ringlet.engine.rights import rule_of  # for runs of agents only

    rule = rule_of(" ".join(path))
    return [each for each in found if session.origin.may_name(rule, name, each[0])]


def _help_words(context: click.Context) -> Candidates:
    """Commands as arguments of `help`."""
    inner = _enter(list(context.params.get("command") or ()))
    command = inner.command
    return _commands(command, inner) if isinstance(command, click.Group) else []


def _kind(parameter: click.Parameter) -> Kind:
    metavar = parameter.metavar or ""
    if metavar in _FOLDERS:
        return "folders"
    if metavar in _FILES or parameter.name in ("file", "path") or _is_foreign(parameter):
        return "files"
    return "words"


def _is_foreign(parameter: click.Parameter) -> bool:
    """Whether the words are those of a program that is run."""
    return parameter.nargs == -1 and parameter.type is click.UNPROCESSED


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            if parameter.multiple or not context.params.get(parameter.name or ""):
                yield max(parameter.opts, key=len), parameter.help or ""


def _commands(command: click.Group, context: click.Context) -> Iterator[tuple[str, str]]:
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is not None and not child.hidden:
            yield name, child.get_short_help_str(60)


def _fitting(values: Iterable[tuple[str, str]], word: str) -> list[tuple[str, str]]:
    return [(v, about) for v, about in values if v.startswith(word) and _PLAIN.fullmatch(v)]


def _split(line: str) -> list[str]:
    """The words of a line up to the cursor; the last may have open quotes, or be empty."""
    for close in ("", "'", '"'):
        try:
            words = shlex.split(line + close)
        except ValueError:
            continue
        return [*words, ""] if not close and line[-1:].isspace() else words
    return line.split(" ")


def _spell(shell: str, value: str, about: str) -> str:
    about = shorten(clean(about), _LONGEST)
    if shell == "zsh":
        return value.replace(":", "\\:") + (f":{about}" if about else "")
    return f"{value}\t{about}" if about else value
