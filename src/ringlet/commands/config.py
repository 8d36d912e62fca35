"""`ringlet config`: the settings in config.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ringlet.commands.session import Session
from ringlet.commands.tree import Group, examples
from ringlet.domain.errors import RingletError

if TYPE_CHECKING:
    from ringlet.domain.setting_keys import SettingKey


@click.group("config", cls=Group)
def group() -> None:
    """See and change the settings in config.toml; comments and layout stay as they are."""


@group.command("list", epilog=examples("ringlet config list", "ringlet config list --json"))
@click.pass_obj
async def list_settings(session: Session) -> None:
    """List all settings: value, whether it is your own, what it means."""
    found = await session.use.config.all()
    rows = [
        (s.key, show(s.value), "config.toml" if s.is_set else "default", s.meaning) for s in found
    ]
    heads = ("Key", "Value", "From", "Meaning")
    session.show(found, lambda: session.table(heads, rows, empty=""))
    session.notes(filter(None, [session.use.config.problem]))


@group.command("get", epilog=examples("ringlet config get daemon.http_port"))
@click.argument("key")
@click.pass_obj
async def get(session: Session, key: str) -> None:
    """Print the value of one setting."""
    found = await session.use.config.get(key)
    session.show(found, lambda: show(found.value))
    session.notes(filter(None, [session.use.config.problem]))


@group.command(
    "set",
    epilog=examples(
        "ringlet config set defaults.provider minimax",
        "ringlet config set isolation.disabled_bridges docker,gh",
        "ringlet config set mcp_servers.custom.notes '{ command = \"notes-server\" }'",
    ),
)
@click.argument("key")
@click.argument("value")
@click.pass_obj
async def set_value(session: Session, key: str, value: str) -> None:
    """Give a setting a value: text, a list with commas, or a value as TOML spells it."""
    changed = await session.change.config.set(key, value)
    session.succeed(f"{key} is set. {_when(changed)}")


@group.command("unset", epilog=examples("ringlet config unset defaults.provider"))
@click.argument("key")
@click.pass_obj
async def unset(session: Session, key: str) -> None:
    """Take a setting out of config.toml: its default counts again.

    One that nobody knows can be taken out, too.
    """
    await session.change.config.unset(key)
    from ringlet.engine.config import find_key

    try:
        when = _when(find_key(key)[0])
    except RingletError:
        when = ""
    session.succeed(f"{key} is not set any more. {when}".strip())


@group.command("edit", epilog=examples("ringlet config edit", "EDITOR=nano ringlet config edit"))
@click.pass_obj
async def edit(session: Session) -> None:
    """Change config.toml in your editor; $VISUAL or $EDITOR names it.

    What is wrong is told with its line, and you may edit again. The file stays as it was until
    all is right.
    """
    from ringlet.commands.editing import edit_text
    from ringlet.engine.config import template
    from ringlet.engine.settings import parse_settings

    config = session.change.config
    before = await config.text()
    shown = before or template()

    async def accept(path: Path, data: bytes) -> bool:
        parse_settings(path, data)
        await config.replace(before, data)
        return True

    instead = "Use: ringlet config set KEY VALUE"
    changed = await edit_text(session, config.path.name, shown, accept, instead=instead)
    session.succeed(f"{config.path} is changed" if changed else "Nothing was changed")


@group.command("path", epilog=examples('less "$(ringlet config path)"'))
@click.pass_obj
async def path(session: Session) -> None:
    """Print where config.toml is, or would be."""
    where = str(session.use.config.path)
    session.hand_out({"path": where}, lambda: where)


def show(value: Any) -> str:
    """A value for people, as TOML spells it; texts and numbers plain."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _when(key: SettingKey) -> str:
    if key.from_start:
        return "It counts once the daemon starts anew: ringlet daemon restart"
    return "It counts from now on"
