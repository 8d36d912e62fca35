"""`ringlet profiles edit`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import click
import msgspec

from ringlet.agents.documents import parse_document
from ringlet.commands.editing import edit_text
from ringlet.commands.session import Session
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
    """Change a profile as TOML in your editor; $VISUAL or $EDITOR names it.

    What is wrong is told with its line, and you may edit again. Nothing changes until all is right.
    """
    changes = session.change.changes
    before = changes.binding(alias)

    async def accept(path: Path, data: bytes) -> list[str]:
        try:
            wanted = parse_document(str(path), data).convert(Binding)
            make = partial(_replace, alias, before, wanted)
            return await changes.change(alias, make, force_model=force_model)
        except RingletError as error:
            raise _placed(path, data, error) from error

    text = _write(alias, before).encode()
    instead = f"Use: ringlet profiles set {alias} WHAT VALUE"
    different = await edit_text(session, f"{alias}.toml", text, accept, instead=instead)
    if different is None:
        session.succeed("Nothing was changed")
    else:
        session.succeed(f"Profile {alias}: changed {', '.join(different) or 'nothing'}")


def _replace(alias: str, before: Binding, wanted: Binding, latest: Binding) -> Binding:
    if latest != before:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"Profile {alias} was changed by somebody else meanwhile",
            hint="Leave the editor's work, and edit the profile again.",
        )
    return wanted


def _placed(path: Path, data: bytes, error: RingletError) -> RingletError:
    """The error with its place in the file."""
    key = _ABOUT.get(error.code)
    if key is not None:
        try:
            parse_document(str(path), data).reject((key,), error.message)
        except RingletError as placed:
            return RingletError(error.code, placed.message, hint=error.hint.split("\n"))
    return error


def _write(alias: str, binding: Binding) -> str:
    """The document, with every key in it that has a value."""
    import tomli_w

    found = msgspec.to_builtins(binding)
    shown = {name: value for name, value in found.items() if value is not None}
    return _HEAD.format(alias=alias) + tomli_w.dumps(shown)


COMMANDS: Final = {"edit": edit}
