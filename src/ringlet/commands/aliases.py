"""`ringlet aliases`: profiles as commands of their own."""

from __future__ import annotations

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Group, examples


@click.group("aliases", cls=Group)
def group() -> None:
    """Install profiles as commands of their own name."""


@group.command("install", epilog=examples("ringlet aliases install work", "work --help"))
@click.argument("alias")
@click.option("--bin-dir", metavar="DIR", help="Folder for the shim (default ~/.local/bin).")
@click.pass_obj
async def install(session: Session, alias: str, bin_dir: str | None) -> None:
    """Install a small script that runs the profile."""
    search = session.caller.invocation.environ.get("PATH", "")
    folder = session.caller.locate(bin_dir)
    shim = await session.change.aliases.install(alias, search=search, bin_dir=folder)
    session.succeed(f"Installed {shim.path}", [shim.note] if shim.note else [])


@group.command("uninstall", epilog=examples("ringlet aliases uninstall work"))
@click.argument("alias")
@click.option("--bin-dir", metavar="DIR", help="Folder of the shim, if it is not the noted one.")
@click.pass_obj
async def uninstall(session: Session, alias: str, bin_dir: str | None) -> None:
    """Remove the script; files that are not Ringlet's are never touched."""
    path = await session.change.aliases.uninstall(alias, session.caller.locate(bin_dir))
    session.succeed(f"Removed {path}")


@group.command("list", epilog=examples("ringlet aliases list"))
@click.pass_obj
async def list_aliases(session: Session) -> None:
    """List the installed scripts."""
    found = [each for each in session.use.aliases.all() if session.origin.sees(each.alias)]
    rows = [(alias.alias, alias.path) for alias in found]
    session.show(found, lambda: session.table(("Alias", "Path"), rows, empty="No aliases."))
