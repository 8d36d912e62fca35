"""`ringlet profiles rename`, `set` and `set-key`."""

from __future__ import annotations

import os
from typing import Any, Final

import click
import msgspec

from ringlet.commands.questions import ask_key, given_variables, read_key
from ringlet.commands.session import Session
from ringlet.commands.tree import NAMES, Command, examples
from ringlet.domain.bindings import Binding
from ringlet.domain.providers import Provider
from ringlet.domain.rights import RIGHTS
from ringlet.domain.secret import Secret

_WHAT: Final = (
    "model", "provider", "endpoint", "env", "args", "working-dir", "hooks", "mcp", "bare",
    "agent-rights",
)  # fmt: skip
_FIELDS: Final = {
    "working-dir": "working_dir",
    "mcp": "mcp_servers",
    "agent-rights": "agent_rights",
}
# What stands in a binding for "as usual".
_USUAL: Final[dict[str, Any]] = {
    "model": None,
    "endpoint": None,
    "working-dir": None,
    "args": (),
    "hooks": (),
    "mcp": (),
    "bare": False,
    "agent-rights": None,
}
_SWITCH: Final = {"on": True, "true": True, "off": False, "false": False}


@click.command(
    "rename", cls=Command, epilog=examples("ringlet profiles rename work work-anthropic")
)
@click.argument("old")
@click.argument("new")
@click.pass_obj
async def rename(session: Session, old: str, new: str) -> None:
    """Give a profile another alias; it must not be running.

    Home, keys and command move along, and what was recorded under the old alias counts for the new
    one. Shells and projects that name the old one have to be told.
    """
    search = session.situation.environ.get("PATH", "")
    notes = await session.change.renaming.rename(old, new, search=search)
    session.succeed(f"Profile {old} is now called {new}", notes)


@click.command(
    "set-key",
    cls=Command,
    epilog=examples(
        "ringlet profiles set-key work",
        "pass show anthropic | ringlet profiles set-key work --api-key-stdin",
    ),
)
@click.argument("alias")
@click.option("--api-key-stdin", is_flag=True, help="Read the key from the standard input.")
@click.pass_obj
async def set_key(session: Session, alias: str, api_key_stdin: bool) -> None:
    """Replace a profile's key. Agents that are running keep the old one until they end."""
    services = session.change
    provider = services.changes.provider(alias)
    if api_key_stdin:
        key = await read_key(session)
    else:
        question = f"New key: {provider.auth.prompt or 'API key'}"
        hint = "Pipe the key in with --api-key-stdin."
        key = await session.caller.prompt_secret(question, hint=hint)
    if not key:
        raise click.UsageError("No key was given; the old one stays.")
    await services.changes.set_key(alias, key)
    running = len(services.runs.active(alias))
    notes = ["What is running keeps the old key until it ends"] if running else []
    session.succeed(f"Profile {alias} has a new key", notes)


@click.command(
    "set",
    cls=Command,
    epilog=examples(
        "ringlet profiles set work model claude-opus-4-8",
        "ringlet profiles set work provider minimax --reuse-key-of lab",
        "ringlet profiles set work env HTTP_TIMEOUT=60 DEBUG=1",
        "ringlet profiles set work env DEBUG --unset",
        "ringlet profiles set work args -- --verbose",
        "ringlet profiles set work working-dir ~/projects/site",
        "ringlet profiles set work mcp filesystem,github",
        "ringlet profiles set work hooks --unset",
        "ringlet profiles set work bare on",
        "ringlet profiles set work agent-rights read",
    ),
)
@click.argument("alias")
@click.argument("what", type=click.Choice(_WHAT))
@click.argument("values", nargs=-1)
@click.option("--unset", is_flag=True, help="Take it out, or back to the usual.")
@click.option("--force-model", is_flag=True, help="Take the model though it is not listed.")
@click.option("--api-key-stdin", is_flag=True, help="Read a new provider's key from there.")
@click.option("--reuse-key-of", metavar="ALIAS", help="Take a new provider's key of a profile.")
@click.pass_obj
async def set_(
    session: Session,
    alias: str,
    what: str,
    values: tuple[str, ...],
    unset: bool,
    force_model: bool,
    api_key_stdin: bool,
    reuse_key_of: str | None,
) -> None:
    """Change one thing of a profile; it is checked as at its creation.

    WHAT is model, provider, endpoint, env (NAME=VALUE, or NAME for the value you have here), args,
    working-dir, hooks or mcp (names that count from now on), bare (on or off), or agent-rights
    (self, read or full). Another provider brings its own usual endpoint and model.
    """
    changes = session.change.changes
    now = changes.binding(alias)
    after = await _after(session, now, what, values, unset=unset)
    key = None
    if after.provider != now.provider:
        provider = changes.provider(alias, after.provider)
        key = await _key_for(session, alias, provider, api_key_stdin, reuse_key_of)
    # Only what was named is carried over: somebody may have changed the rest meanwhile.
    fields = {n: getattr(after, n) for n in _fields(what)}
    different = await changes.change(
        alias,
        lambda latest: msgspec.structs.replace(latest, **fields),
        key=key,
        force_model=force_model,
    )
    session.succeed(
        f"Profile {alias}: changed {', '.join(different)}" if different else "Nothing is different"
    )


def _fields(what: str) -> tuple[str, ...]:
    if what == "provider":
        return ("provider", "endpoint", "model")
    return (_FIELDS.get(what, what),)


async def _after(
    session: Session, now: Binding, what: str, values: tuple[str, ...], *, unset: bool
) -> Binding:
    """The binding with the one thing changed."""
    if what == "env":
        return await _with_variables(session, now, values, unset=unset)
    field = _FIELDS.get(what, what)
    if unset:
        if what not in _USUAL or values:
            raise click.UsageError(f"--unset does not go with {what} and a value.")
        return msgspec.structs.replace(now, **{field: _USUAL[what]})
    if what == "args":
        return msgspec.structs.replace(now, args=values)
    if what in ("hooks", "mcp"):
        names = tuple(name for value in values for name in NAMES.convert(value, None, None))
        if not names:
            raise click.UsageError(f"Name some {what}, or give --unset.")
        return msgspec.structs.replace(now, **{field: names})
    if len(values) != 1:
        raise click.UsageError(f"Give one value for {what}.")
    value = values[0]
    if what == "provider":
        return now if value == now.provider else Binding(value, env=now.env)
    if what == "bare":
        if value not in _SWITCH:
            raise click.UsageError("bare is on or off.")
        return msgspec.structs.replace(now, bare=_SWITCH[value])
    if what == "agent-rights" and value not in RIGHTS:
        raise click.UsageError(f"agent-rights are one of {', '.join(RIGHTS)}.")
    if what == "working-dir":
        value = _folder(session, value)
    return msgspec.structs.replace(now, **{field: value})


def _folder(session: Session, path: str) -> str:
    """The folder as the caller's shell would see it."""
    if path.startswith("~/"):
        path = os.path.join(session.caller.invocation.environ.get("HOME", ""), path[2:])
    return os.path.normpath(os.path.join(session.caller.invocation.cwd, path))


async def _with_variables(
    session: Session, now: Binding, values: tuple[str, ...], *, unset: bool
) -> Binding:
    if not values:
        raise click.UsageError("Name a variable: NAME=VALUE, or NAME with --unset.")
    if not unset:
        given = await given_variables(session, values)
        texts = {n: v.reveal() if isinstance(v, Secret) else v for n, v in given.items()}
        return msgspec.structs.replace(now, env={**now.env, **texts})
    if unknown := [name for name in values if name not in now.env]:
        raise click.UsageError(f"The profile has no variable {unknown[0]}.")
    kept = {name: value for name, value in now.env.items() if name not in values}
    return msgspec.structs.replace(now, env=kept)


async def _key_for(
    session: Session, alias: str, provider: Provider, from_stdin: bool, reuse_of: str | None
) -> Secret | None:
    offer = next(iter(session.use.keys.holders(provider, besides=alias)), None)
    return await ask_key(session, provider, from_stdin=from_stdin, reuse_of=reuse_of, offer=offer)


COMMANDS: Final = {"rename": rename, "set": set_, "set-key": set_key}
