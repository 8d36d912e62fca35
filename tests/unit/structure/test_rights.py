"""Nothing can be asked of the daemon whose meaning for runs of agents was not thought about."""

from __future__ import annotations

from collections.abc import Iterator

import click
import msgspec

from ringlet.commands.root import cli
from ringlet.daemon.handlers import ENTRIES
from ringlet.domain.rights import Kind
from ringlet.engine.rights import COMMANDS, REQUESTS
from ringlet.wire.requests.daemon import RelayResume


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    names = {parameter.name or "" for parameter in command.params}
    if not isinstance(command, click.Group):
        yield " ".join(path), names
        return
    if path and command.invoke_without_command:
        yield " ".join(path), names
    context = click.Context(command)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        yield from _commands(child, (*path, name))


def test_every_request_has_a_rule() -> None:
    assert {*ENTRIES, str(RelayResume.__struct_config__.tag)} == set(REQUESTS)


def test_every_command_has_a_rule() -> None:
    assert {path for path, _ in _commands(cli)} == set(COMMANDS)


def test_rules_name_fields_that_there_are() -> None:
    fields = {
        tag: {field.name for field in msgspec.structs.fields(entry.request)}
        for tag, entry in ENTRIES.items()
    }
    for found, rules in ((fields, REQUESTS), (dict(_commands(cli)), COMMANDS)):
        for name, rule in rules.items():
            named = {*([rule.of] if rule.of else []), *rule.raised}
            assert named <= found.get(name, set()), name


def test_what_names_a_profile_in_a_request_is_looked_at() -> None:
    """A request about one profile must say which field that is, or not be for runs at all."""
    for tag, entry in ENTRIES.items():
        names = {field.name for field in msgspec.structs.fields(entry.request)}
        rule = REQUESTS[tag]
        if names & {"alias", "profile"} and rule.kind in (Kind.READ, Kind.SECRET, Kind.START):
            assert rule.of or tag in ("profiles_preview", "scripts_test"), tag
