"""The help of every command."""

from __future__ import annotations

import click
import pytest

from ringlet.commands.manual import groups
from ringlet.commands.root import cli
from ringlet.commands.tree import Command, Group


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in groups(cli)])
def test_no_line_of_a_list_of_commands_is_cut_off_at_80_columns(path: str) -> None:
    group = dict(groups(cli))[tuple(path.split())]
    context = click.Context(group, info_name="ringlet", terminal_width=80)
    listed = group.get_help(context).partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert len(listed) == len(group.list_commands(context))
    assert [line for line in listed if line.endswith("...") or not line.endswith(".")] == []


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in groups(cli)])
def test_every_command_shows_its_help_without_ending_the_daemon(path: str) -> None:
    group = dict(groups(cli))[tuple(path.split())]
    context = click.Context(group)
    for name in group.list_commands(context):
        assert isinstance(group.get_command(context, name), (Command, Group)), name
