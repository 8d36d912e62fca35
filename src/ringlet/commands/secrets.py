"""`ringlet secrets`: the stored keys, by name."""

from __future__ import annotations

from typing import Literal

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Group, examples
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret

_STDIN_HINT = "Pipe it in with --stdin."


@click.group("secrets", cls=Group)
def group() -> None:
    """Look after stored keys. Names are shown, values never."""


@group.command("status", epilog=examples("ringlet secrets status"))
@click.pass_obj
async def status(session: Session) -> None:
    """Tell which store keeps keys, why, and what to do about it."""
    found = await session.use.secrets.status()
    state = "locked" if found.locked else "open"
    known = bool(found.opens_with)  # it is not, where no store can be used
    session.show(
        found,
        lambda: session.facts(
            ("Store", found.store),
            ("Why", found.reason),
            ("To Do", found.advice),
            ("Secrets", str(found.count)),
            ("File", found.file + (f" ({state}; opens with {found.opens_with})" if known else "")),
            ("Setting", f"secrets.backend = {found.setting}"),
        ),
    )


@group.command("list", epilog=examples("ringlet secrets list", "ringlet secrets list --json"))
@click.pass_obj
async def list_secrets(session: Session) -> None:
    """List the names of stored keys, and the profiles that use them."""
    found = await session.use.secrets.all()
    rows = [(s.name, s.store, ", ".join(s.used_by) or "-") for s in found]
    empty = "No secrets are stored. Store one with: ringlet secrets set NAME"
    session.show(found, lambda: session.table(("Name", "Store", "Used By"), rows, empty=empty))


@group.command(
    "set",
    epilog=examples(
        "ringlet secrets set github",
        "pass show github | ringlet secrets set github --stdin",
    ),
)
@click.argument("name")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the value from standard input.")
@click.pass_obj
async def set_secret(session: Session, name: str, from_stdin: bool) -> None:
    """Store a key under a name; it is asked for without echo.

    Variables of profiles refer to it as '$KEYCHAIN:NAME'.
    """
    from ringlet.domain.references import check_name

    secrets = session.change.secrets
    question = f"Value of {check_name(name)}"
    value = await _ask(session, question, from_stdin, hint=_STDIN_HINT)
    await secrets.set(name, value)
    session.succeed(f"The secret {name} is stored. Refer to it as $KEYCHAIN:{name}")


@group.command(
    "rm", epilog=examples("ringlet secrets rm github", "ringlet secrets rm zai-work --force")
)
@click.argument("name")
@click.option("--force", is_flag=True, help="Even if profiles refer to it.")
@click.pass_obj
async def remove(session: Session, name: str, force: bool) -> None:
    """Forget a stored key."""
    await session.change.secrets.remove(name, force=force)
    session.succeed(f"The secret {name} is forgotten")


@group.command("lock", epilog=examples("ringlet secrets lock"))
@click.pass_obj
async def lock(session: Session) -> None:
    """Forget the passphrase and all keys; they are locked until somebody unlocks them."""
    needs_passphrase = await session.change.secrets.lock()
    session.succeed(
        "The secret store is locked"
        if needs_passphrase
        else "What was read is forgotten. The store has no passphrase, so it opens by itself"
    )


@group.command(
    "unlock", epilog=examples("ringlet secrets unlock", "ringlet secrets unlock --stdin <file")
)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read it from standard input.")
@click.pass_obj
async def unlock(session: Session, from_stdin: bool) -> None:
    """Give the passphrase of the encrypted file; the daemon keeps it in memory only.

    It is forgotten by `secrets lock` and when the daemon ends, also for want of work.
    """
    secrets = session.change.secrets
    question = "Passphrase of the secret store"
    await secrets.unlock(await _ask(session, question, from_stdin, hint=_STDIN_HINT))
    session.succeed("The secret store is unlocked")


@group.command(
    "passphrase",
    epilog=examples("ringlet secrets passphrase", "ringlet secrets passphrase --remove"),
)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read it from standard input.")
@click.option("--remove", "remove_it", is_flag=True, help="Open the file by a key file again.")
@click.pass_obj
async def passphrase(session: Session, from_stdin: bool, remove_it: bool) -> None:
    """Give the encrypted file a passphrase, or another one.

    Whoever forgets it has lost the keys in the file.
    """
    secrets = session.change.secrets
    if remove_it:
        await secrets.protect(None)
        session.succeed(f"The encrypted file opens with {(await secrets.status()).opens_with} now")
        return
    wanted = await _ask(session, "New passphrase", from_stdin, hint=_STDIN_HINT)
    if not from_stdin and wanted != await _ask(session, "Once more", False, hint=_STDIN_HINT):
        raise RingletError(ErrorCode.INVALID_REQUEST, "The two differ; nothing was changed")
    await secrets.protect(wanted)
    session.succeed("The encrypted file opens with the passphrase now")


@group.command("move", epilog=examples("ringlet secrets move --to keychain"))
@click.option("--to", required=True, type=click.Choice(["keychain", "file"]), help="The store.")
@click.pass_obj
async def move(session: Session, to: Literal["keychain", "file"]) -> None:
    """Move all keys into the keychain, or into the encrypted file.

    They are copied, read back, and only then removed; new keys go there, too.
    """
    moved = await session.change.secrets.move(to)
    place = "keychain" if to == "keychain" else "encrypted file"
    session.succeed(f"Moved {len(moved)} secrets; they are kept in the {place} now")


async def _ask(session: Session, question: str, from_stdin: bool, *, hint: str) -> Secret:
    """A secret from the terminal or the standard input; never empty."""
    if from_stdin:
        answer = Secret((await session.caller.read_stdin()).rstrip("\r\n"))
    else:
        answer = await session.caller.prompt_secret(question, hint=hint)
    if not answer:
        raise RingletError(ErrorCode.INVALID_REQUEST, "Nothing was given; nothing was changed")
    return answer
