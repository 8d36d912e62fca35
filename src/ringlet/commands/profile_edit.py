"""`ringlet profiles edit`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import click
import msgspec

from ringlet.agents.documents import parse_document
from ringlet.commands.session import Session
from ringlet.commands.text import clean_lines
from ringlet.commands.tree import Command, examples
from ringlet.domain.bindings import Binding
from ringlet.domain.errors import ErrorCode, RingletError

_HEAD: Final = """\
# Profile {alias}. Save and close to make it so; leave it as it is to change nothing.
# Without endpoint or model the provider's usual ones count. Values in [env] may be references
# such as "$KEYCHAIN:name"; what sounds like a secret goes to the secret store.

"""
# The key of the document that an error is about.
_ABOUT: Final = {
    ErrorCode.PROVIDER_NOT_FOUND: "provider",
    ErrorCode.INCOMPATIBLE_PROVIDER: "provider",
    ErrorCode.SECRET_UNAVAILABLE: "provider",
    ErrorCode.INVALID_ENDPOINT: "endpoint",
    ErrorCode.UNKNOWN_MODEL: "model",
}


@click.command(
    "edit",
    cls=Command,
    epilog=examples("ringlet profiles edit work", "EDITOR=nano ringlet profiles edit work"),
)
@click.argument("alias")
@click.option("--force-model", is_flag=True, help="Take the model though it is not listed.")
@click.pass_obj
async def edit(session: Session, alias: str, force_model: bool) -> None:
    """Open a profile as TOML in $VISUAL or $EDITOR, check it and make it so.

    What is wrong is told with its line, and you may edit again. Nothing changes until all is right.
    """
    changes = session.change.changes
    if not session.caller.invocation.interactive:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            "There is no terminal for an editor",
            hint=f"Use: ringlet profiles set {alias} WHAT VALUE",
        )
    before = changes.binding(alias)
    text = _write(alias, before)
    path = await session.change.edits.open(f"{alias}.toml", text)
    try:
        different = await _edit(session, alias, path, before, force_model=force_model)
    finally:
        await session.change.edits.close(path)
    if different is None:
        session.succeed("Nothing was changed")
    else:
        session.succeed(f"Profile {alias}: changed {', '.join(different) or 'nothing'}")


async def _edit(
    session: Session, alias: str, path: Path, before: Binding, *, force_model: bool
) -> list[str] | None:
    """What differs once all is right; None if the user has given up or left all as it was."""
    changes, edits = session.change.changes, session.change.edits
    text = _write(alias, before).encode()
    while True:
        await session.caller.edit(str(path))
        data = await edits.read(path)
        if data == text:
            return None
        try:
            wanted = parse_document(str(path), data).convert(Binding)
            make = partial(_replace, alias, before, wanted)
            return await changes.change(alias, make, force_model=force_model)
        except RingletError as error:
            session.caller.note(clean_lines(_explain(path, data, error)))
        answer = await session.caller.prompt("Edit again? [Y/n]", hint="Edit the profile again.")
        if answer.strip().lower() in ("n", "no"):
            return None


def _replace(alias: str, before: Binding, wanted: Binding, latest: Binding) -> Binding:
    if latest != before:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"Profile {alias} was changed by somebody else meanwhile",
            hint="Leave the editor's work, and edit the profile again.",
        )
    return wanted


def _explain(path: Path, data: bytes, error: RingletError) -> str:
    """The error with its place in the file."""
    key = _ABOUT.get(error.code)
    if key is not None:
        try:
            parse_document(str(path), data).reject((key,), error.message)
        except RingletError as placed:
            return f"{placed.message}\n{error.hint}".rstrip()
    return f"{error.message}\n{error.hint}".rstrip()


def _write(alias: str, binding: Binding) -> str:
    """The document, with every key in it that has a value."""
    import tomli_w

    found = msgspec.to_builtins(binding)
    shown = {name: value for name, value in found.items() if value is not None}
    return _HEAD.format(alias=alias) + tomli_w.dumps(shown)


COMMANDS: Final = {"edit": edit}
