"""`ringlet profiles create` and `clone`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import click

from ringlet.commands.plans import describe
from ringlet.commands.questions import ask_key, ask_model, ask_variables, given_variables
from ringlet.commands.session import Session
from ringlet.commands.tree import NAMES, Command, examples, not_yet
from ringlet.domain.profiles import key_name
from ringlet.domain.rights import RIGHTS
from ringlet.engine.drafts import Draft


@click.command(
    "create",
    cls=Command,
    epilog=examples(
        "ringlet profiles create claude work --provider self",
        "ringlet profiles create claude work-minimax --provider minimax --endpoint china",
        "ringlet profiles create claude dev --provider self --hooks auto_format --mcp filesystem",
        "pass show openai | ringlet profiles create codex api --provider openai --api-key-stdin",
    ),
)
@click.argument("agent_id")
@click.argument("alias")
@click.option("-p", "--provider", "provider_id", metavar="ID",
              help="Whom the agent asks: one of `ringlet providers list`. "
              "Default: that of config.toml, else the agent's usual one.")  # fmt: skip
@click.option("-e", "--endpoint", "endpoint_id", metavar="ID",
              help="An address of the provider, by name: see `ringlet providers inspect ID`. "
              "Default: the provider's usual one.")  # fmt: skip
@click.option("-m", "--model", metavar="NAME",
              help="One of the provider's. Default: its usual one, else the agent's.")  # fmt: skip
@click.option("--force-model", is_flag=True, help="Take the model though it is not listed.")
@click.option("--api-key-stdin", is_flag=True, help="Read the key from the standard input.")
@click.option("--no-alias", is_flag=True, help="Install no command of the profile's name.")
@click.option("--reuse-key-of", metavar="ALIAS", help="Take a copy of another profile's key.")
@click.option("--env", "variables", metavar="NAME=VALUE", multiple=True,
              help="A variable that the agent gets; may be repeated. NAME alone takes the value "
              "that you have, or asks: the way for secrets.")  # fmt: skip
@click.option("--working-dir", metavar="DIR", help="Always work there, not where you are.")
@click.option("--dry-run", is_flag=True, help="Show what would be made, and make nothing.")
@click.option("--api-key", "exposed", expose_value=True, hidden=True)
@click.option("--hooks", metavar="LIST", type=NAMES,
              help="Hooks of this profile, such as auto_format,auto_lint.")  # fmt: skip
@click.option("--mcp", metavar="LIST", type=NAMES,
              help="MCP servers of this profile, such as filesystem,github.")  # fmt: skip
@click.option("--bare", is_flag=True, help="Without hooks and MCP servers of config.toml.")
@click.option("--agent-rights", type=click.Choice(RIGHTS),
              help="What its agent may ask of Ringlet. Default: that of config.toml.")  # fmt: skip
@not_yet("--proxy", "--template NAME")
@click.pass_obj
async def create(
    session: Session,
    /,
    api_key_stdin: bool,
    reuse_key_of: str | None,
    variables: tuple[str, ...],
    working_dir: str | None,
    dry_run: bool,
    exposed: str | None,
    no_alias: bool,
    hooks: tuple[str, ...] | None,
    mcp: tuple[str, ...] | None,
    **wishes: Any,
) -> None:
    """Create a profile. The key is asked for without echo and kept in a secret store.

    Variables that the agent's manifest wants are asked for, too; those whose name sounds like a
    secret go to the secret store.
    """
    if exposed is not None:
        raise click.UsageError(
            "A key given as an argument can be read by every program on this machine; "
            "pipe it in with --api-key-stdin, and consider this one known."
        )
    services = session.change
    given = await given_variables(session, variables)
    draft = Draft(
        working_dir=session.caller.locate(working_dir),
        install_alias=not no_alias,
        hooks=hooks or (),
        mcp_servers=mcp or (),
        env=given,
        **wishes,
    )
    here = session.situation
    if dry_run:
        plan = await services.previews.of_draft(draft, situation=here)
        session.show(plan, lambda: describe(plan))
        return
    draft = await ask_model(session, draft)
    provider = await services.creation.check(draft, here.environ)
    agent = services.agents.manifest(draft.agent_id)
    draft = replace(draft, env=given | await ask_variables(session, agent, given))
    key = None
    if api_key_stdin or reuse_key_of or key_name(provider) not in given:
        offer = next(iter(services.keys.holders(provider)), None)
        key = await ask_key(
            session, provider, from_stdin=api_key_stdin, reuse_of=reuse_key_of, offer=offer
        )
    created = await services.creation.create(draft.with_key(provider.id, key), situation=here)
    session.succeed(created.message, created.notes)


@click.command(
    "clone",
    cls=Command,
    epilog=examples(
        "ringlet profiles clone work lab",
        "ringlet profiles clone work lab --reuse-key",
        "pass show lab | ringlet profiles clone work lab --api-key-stdin",
    ),
)
@click.argument("alias")
@click.argument("new_alias")
@click.option("--reuse-key", is_flag=True, help="Copy its key and its other secrets, too.")
@click.option("--api-key-stdin", is_flag=True, help="Read the key from the standard input.")
@click.option("--no-alias", is_flag=True, help="Install no command of the profile's name.")
@click.pass_obj
async def clone(
    session: Session,
    alias: str,
    new_alias: str,
    reuse_key: bool,
    api_key_stdin: bool,
    no_alias: bool,
) -> None:
    """Make a profile with the settings of another one; its home is fresh.

    History and logins stay where they are. The key is asked for, unless --reuse-key copies it:
    both profiles then have one of their own, which can be replaced by itself.
    """
    services = session.change
    draft = services.cloning.draft(alias, new_alias, install_alias=not no_alias)
    provider = await services.creation.check(draft, session.situation.environ)
    notes: list[str] = []
    if reuse_key:
        key, others = await services.cloning.secrets(alias)
        draft = replace(draft, key=key, env={**draft.env, **others})
    else:
        if left_out := services.cloning.left_out(alias):
            notes.append(f"Secrets that were not copied: {', '.join(left_out)}")
        if api_key_stdin or key_name(provider) not in draft.env:
            offer = alias if alias in services.keys.holders(provider) else None
            key = await ask_key(session, provider, from_stdin=api_key_stdin, offer=offer)
            draft = replace(draft, key=key)
    created = await services.creation.create(draft, situation=session.situation)
    session.succeed(created.message, [*notes, *created.notes])


COMMANDS: Final = {"create": create, "clone": clone}
