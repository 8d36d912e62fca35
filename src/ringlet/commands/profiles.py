"""`ringlet profiles`: create, look at, use and delete profiles.

What only some of the commands need is loaded by them: listing is what people do most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ringlet.commands.session import Session
from ringlet.commands.text import moment
from ringlet.commands.tree import NAMES, Group, examples, not_yet
from ringlet.commands.watching import watchable
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.providers import Provider
from ringlet.domain.secret import Secret

if TYPE_CHECKING:
    from ringlet.runtime.shell import Shell

_SHELLS: Final[tuple[Shell, ...]] = ("bash", "zsh", "sh", "fish", "powershell")
_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": True}


@click.group("profiles", cls=Group)
def group() -> None:
    """Create and use profiles: an agent with a provider, a model, a key and its own home."""


@group.command(
    "create",
    epilog=examples(
        "ringlet profiles create claude work --provider self",
        "ringlet profiles create claude work-minimax --provider minimax --endpoint china",
        "ringlet profiles create claude dev --provider self --hooks auto_format --mcp filesystem",
        "pass show openai | ringlet profiles create codex api --provider openai --api-key-stdin",
    ),
)
@click.argument("agent_id")
@click.argument("alias")
@click.option("-p", "--provider", "provider_id", metavar="ID", help="See: ringlet providers list.")
@click.option("-e", "--endpoint", "endpoint_id", metavar="ID", help="One of the provider's.")
@click.option("-m", "--model", metavar="NAME", help="Default: the provider's, else the agent's.")
@click.option("--force-model", is_flag=True, help="Take the model though it is not listed.")
@click.option("--api-key-stdin", is_flag=True, help="Read the key from the standard input.")
@click.option("--no-alias", is_flag=True, help="Install no command of the profile's name.")
@click.option("--api-key", "exposed", expose_value=True, hidden=True)
@click.option("--hooks", metavar="LIST", type=NAMES, help="Such as auto_format,auto_lint.")
@click.option("--mcp", metavar="LIST", type=NAMES, help="Such as filesystem,github.")
@click.option("--bare", is_flag=True, help="Without hooks and MCP servers of config.toml.")
@not_yet("--proxy", "--template NAME", "--dry-run")
@click.pass_obj
async def create(
    session: Session,
    agent_id: str,
    alias: str,
    provider_id: str | None,
    endpoint_id: str | None,
    model: str | None,
    force_model: bool,
    api_key_stdin: bool,
    no_alias: bool,
    hooks: tuple[str, ...] | None,
    mcp: tuple[str, ...] | None,
    bare: bool,
    exposed: str | None,
) -> None:
    """Create a profile. The key is asked for without echo and kept in a secret store."""
    if exposed is not None:
        raise click.UsageError(
            "A key given as an argument can be read by every program on this machine; "
            "pipe it in with --api-key-stdin, and consider this one known."
        )
    from ringlet.engine.creation import Draft
    from ringlet.engine.planning import Situation

    creation = session.change.creation
    invocation = session.caller.invocation
    wish = Draft(
        agent_id=agent_id,
        alias=alias,
        provider_id=provider_id,
        endpoint_id=endpoint_id,
        model=model,
        install_alias=not no_alias,
        force_model=force_model,
        hooks=hooks or (),
        mcp_servers=mcp or (),
        bare=bare,
    )
    provider = await creation.check(wish, invocation.environ)
    key = await _ask_key(session, provider, from_stdin=api_key_stdin)
    here = Situation(invocation.cwd, invocation.environ)
    created = await creation.create(wish.with_key(provider.id, key), situation=here)
    session.succeed(created.message, created.notes)


@group.command(
    "list",
    epilog=examples("ringlet profiles list --agent claude --json", "ringlet profiles list --watch"),
)
@click.option("--agent", "agent_id", metavar="ID", help="Only profiles of this agent.")
@click.pass_obj
@watchable("Profile")
async def list_profiles(session: Session, agent_id: str | None) -> None:
    """List profiles."""
    found = session.use.profiles.all(agent_id)
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
            ("Hooks", ", ".join(profile.hooks)),
            ("MCP Servers", ", ".join(profile.mcp_servers)),
            ("Bare", "yes: without the hooks and MCP servers of config.toml" * profile.bare),
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
@click.option("--shell", type=click.Choice(_SHELLS), help="Default: that of $SHELL.")
@click.pass_obj
async def env(session: Session, alias: str, include_secrets: bool, shell: Shell | None) -> None:
    """Print the profile's variables as commands for a shell, quoted so that no value can run."""
    from ringlet.runtime.shell import export_lines

    invocation = session.caller.invocation
    values = await session.use.launches.environment(
        alias, environ=invocation.environ, include_secrets=include_secrets
    )
    own = {k: v for k, v in values.items() if invocation.environ.get(k) != v}
    chosen = shell or _shell_of(invocation.environ.get("SHELL", ""))
    if session.json:
        session.show(own, str)
    elif own:
        session.caller.say(export_lines(own, chosen).rstrip("\n"))


@group.command(
    "delete",
    epilog=examples("ringlet profiles delete work", "ringlet profiles delete work --purge"),
)
@click.argument("alias")
@click.option("--purge", is_flag=True, help="Also remove its home: settings, history, logins.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before the home is removed.")
@click.pass_obj
async def delete(session: Session, alias: str, purge: bool, yes: bool) -> None:
    """Delete a profile and its key; the home is kept unless --purge is given."""
    services = session.change
    profile = await services.inspection.inspect(alias)
    if purge and not yes:
        older = ", which was there before the profile," if profile.home_was_there else ""
        answer = await session.caller.prompt(
            f"Remove {profile.home}{older} and all that is in it? [y/N]",
            hint="Say --yes if the home shall go.",
        )
        if answer.strip().lower() not in ("y", "yes"):
            raise RingletError(ErrorCode.INVALID_REQUEST, "Nothing was deleted")
    notes = await services.deletion.delete(alias, purge=purge)
    session.succeed(f"Profile {alias} deleted", notes)


async def _ask_key(session: Session, provider: Provider, *, from_stdin: bool) -> Secret | None:
    """The key from the standard input, or from a prompt if the provider needs one."""
    if from_stdin:
        text = (await session.caller.read_stdin()).strip()
        if not text or "\n" in text:
            raise RingletError(
                ErrorCode.INVALID_REQUEST, "The standard input did not hold one line with a key"
            )
        return Secret(text)
    if not provider.auth.required:
        return None
    return await session.caller.prompt_secret(
        provider.auth.prompt or "Enter API key", hint="Pipe the key in with --api-key-stdin."
    )


def _shell_of(path: str) -> Shell:
    name = path.rpartition("/")[2]
    return next((shell for shell in _SHELLS if shell == name), "sh")
