"""`ringlet profiles`: create, look at, use and delete profiles.

What only some of the commands need is loaded by them: listing is what people do most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import click
import msgspec

from ringlet.commands.session import Session
from ringlet.commands.text import moment
from ringlet.commands.tree import Group, examples, not_yet
from ringlet.commands.watching import watchable
from ringlet.domain.references import is_reference

if TYPE_CHECKING:
    from ringlet.runtime.shell_names import Shell

_SHELLS: Final[tuple[Shell, ...]] = ("bash", "zsh", "sh", "fish", "powershell", "cmd")
_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": True}


@click.group(
    "profiles",
    cls=Group,
    elsewhere={
        "create": "profile_creation",
        "clone": "profile_creation",
        "edit": "profile_edit",
        "delete": "profile_deletion",
        "plan": "profile_plan",
        "rename": "profile_changes",
        "set": "profile_changes",
        "set-key": "profile_changes",
    },
)
def group() -> None:
    """Create and use profiles: an agent with a provider, a model, a key and its own home."""


@group.command(
    "list",
    epilog=examples("ringlet profiles list --agent claude --json", "ringlet profiles list --watch"),
)
@click.option("--agent", "agent_id", metavar="ID", help="Only profiles of this agent.")
@click.pass_obj
@watchable("Profile")
async def list_profiles(session: Session, agent_id: str | None) -> None:
    """List profiles."""
    found = [p for p in session.use.profiles.all(agent_id) if session.origin.sees(p.alias)]
    rows = [
        (p.alias, p.agent_id, p.provider_id, p.endpoint_id, p.model or "-", moment(p.last_used))
        for p in found
    ]
    heads = ("Alias", "Agent", "Provider", "Endpoint", "Model", "Last Used")
    empty = "No profiles found. Make one with: ringlet profiles create AGENT ALIAS"
    session.show(found, lambda: session.table(heads, rows, empty=empty))


@group.command("inspect", epilog=examples("ringlet profiles inspect work"))
@click.argument("alias")
@click.pass_obj
async def inspect(session: Session, alias: str) -> None:
    """Show one profile; its key is masked."""
    profile = await session.use.inspection.inspect(alias)
    endpoint = f"{profile.endpoint_id} ({profile.endpoint_url})".removesuffix(" ()")
    session.show(
        profile,
        lambda: session.facts(
            ("Alias", profile.alias),
            ("Agent", profile.agent_id),
            ("Provider", profile.provider_id),
            ("Endpoint", endpoint),
            ("Model", profile.model or "the agent's own choice"),
            ("API Key", profile.api_key),
            ("Profile Home", profile.home),
            ("Working Folder", profile.working_dir or ""),
            ("Arguments", " ".join(profile.args)),
            ("Variables", ", ".join(sorted(profile.env))),
            ("Hooks", ", ".join(profile.hooks)),
            ("MCP Servers", ", ".join(profile.mcp_servers)),
            ("Bare", "yes: without the hooks and MCP servers of config.toml" * profile.bare),
            ("Agent Rights", profile.agent_rights),
            ("Command", profile.alias_path or ""),
            ("Created", moment(profile.created_at)),
            ("Last Used", moment(profile.last_used)),
            ("Total Runs", str(profile.total_runs)),
            ("Running Now", str(profile.active_runs)),
        ),
    )


@group.command(
    "run",
    context_settings=_THROUGH,
    epilog=examples("ringlet profiles run work", 'ringlet profiles run work -- -p "Say hello"'),
)
@click.argument("alias")
@click.option("--trust", is_flag=True, help="Tell the agent that you trust this folder.")
@not_yet("--remote", "--cols N", "--rows N", "--no-sandbox", "--bwrap-flags LIST")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
async def run(session: Session, alias: str, trust: bool, args: tuple[str, ...]) -> int:
    """Run the profile's agent in this terminal and folder; its exit status is ours."""
    from ringlet.commands.launching import launch

    return await launch(session, alias, list(args), trust=trust)


@group.command(
    "exec",
    context_settings=_THROUGH,
    epilog=examples("ringlet profiles exec work -- git status", "ringlet profiles exec work -- sh"),
)
@click.argument("alias")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
async def execute(session: Session, alias: str, command: tuple[str, ...]) -> int:
    """Run any command in the profile's environment, its key included."""
    from ringlet.commands.launching import launch

    return await launch(session, alias, [], command=list(command))


@group.command(
    "env",
    epilog=examples('eval "$(ringlet profiles env work --include-secrets)"'),
)
@click.argument("alias")
@click.option("--include-secrets", is_flag=True, help="Print keys too; they are left out else.")
@click.option("--shell", type=click.Choice((*_SHELLS, "json")), help="Default: that of $SHELL.")
@click.pass_obj
async def env(
    session: Session, alias: str, include_secrets: bool, shell: Shell | Literal["json"] | None
) -> None:
    """Print a profile's variables as commands for a shell; quoted, so that no value can run."""
    from ringlet.runtime.shell import export_lines

    invocation = session.caller.invocation
    values = await session.use.launches.environment(
        alias, environ=invocation.environ, include_secrets=include_secrets
    )
    own = {k: v for k, v in values.items() if invocation.environ.get(k) != v}
    if not include_secrets:
        _note_left_out(session, alias)
    if session.json or shell == "json":
        msgspec.structs.replace(session, json=True).show(own, str)
    elif own:
        chosen = shell or _shell_of(invocation.environ.get("SHELL", ""))
        session.caller.hand_out(export_lines(own, chosen).rstrip("\n"))


def _note_left_out(session: Session, alias: str) -> None:
    """Say on the standard error, where no shell reads it, which references were not followed."""
    found = session.use.changes.binding(alias).env.items()
    names = [f"{name} ({value})" for name, value in found if is_reference(value)]
    if names:
        text = f"Left out: {', '.join(names)}. They are printed with --include-secrets"
        session.caller.note(text)


def _shell_of(path: str) -> Shell:
    name = path.rpartition("/")[2]
    return next((shell for shell in _SHELLS if shell == name), "sh")
