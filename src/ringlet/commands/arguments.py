"""What the arguments of commands mean, for their help, the manual and the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

# By name; with words of the command before it where the same name means something else there.
_MEANINGS: Final = {
    "agent_id": "An agent: one of `ringlet agents list`.",
    "alias": "A profile: one of `ringlet profiles list`.",
    "args": "Handed to the agent as they are; after -- all of them are.",
    "command": "The program and its arguments.",
    "file": "A file that `ringlet usage export --format ndjson` wrote.",
    "help command": "The words of a command.",
    "key": "A setting: one of `ringlet config list`.",
    "models": "As agents write them, or with a provider before a slash.",
    "new": "The new alias.",
    "new_alias": "The alias of the new profile.",
    "old": "The profile: one of `ringlet profiles list`.",
    "profiles create alias": "The name of the new profile.",
    "path": "The executable; left out with --unset.",
    "provider_id": "A provider: one of `ringlet providers list`.",
    "run_or_alias": "A run of `ringlet runs list`, or a profile for all of its runs.",
    "scope": "A profile, a provider, or '*' for everything.",
    "script": "A script of `ringlet scripts list`, or a file.",
    "scripts name": "A script: one of `ringlet scripts list`.",
    "secrets name": "The name of a key: one of `ringlet secrets list`, or a new one.",
    "shell": "The shell that shall complete.",
    "task": "A task: one of `ringlet env list ALIAS`.",
    "value": "Text, a list with commas, or a value as TOML spells it.",
    "values": "What it shall be: one word, or NAME=VALUE for env, or arguments after --.",
    "what": "What shall change.",
}


def explained(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """The arguments of a command as its help spells them, each with what it means."""
    words = context.command_path.split()[1:3]
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Argument):
            name = parameter.name or ""
            known = (" ".join([*words[:count], name]) for count in (2, 1, 0))
            meaning = next(_MEANINGS[key] for key in known if key in _MEANINGS)
            yield parameter.make_metavar(context), meaning
