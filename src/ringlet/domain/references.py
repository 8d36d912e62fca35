"""References to secrets in the environment of a profile.

A value is a reference as a whole or not at all:

    $KEYCHAIN:name          a secret of the secret store
    $ENV:NAME               a variable of whoever asks for the run
    $FILE:/absolute/path    the content of a private file
    $CMD:["op","read","…"]  what a program prints

A literal value that begins with a dollar sign may double it: `$$ENV:x` is the text `$ENV:x`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_env_name

_OVERRIDE: Final = "RINGLET_SECRET_"
_SECRET: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where to look (`kind`, as in `$KIND:`), and for what."""

    kind: str
    name: str

    @property
    def words(self) -> list[str]:
        """The program and its arguments, of a reference to a command."""
        found: list[str] = json.loads(self.name)
        return found

    def __str__(self) -> str:
        return f"${self.kind}:{self.name}"


def parse_reference(value: str) -> Reference | None:
    """The reference that a value is, or None if it is literal text.

    Raises INVALID_REQUEST, without repeating the value, if what follows the colon makes no sense.
    """
    if not is_reference(value):
        return None
    kind, _, name = value[1:].partition(":")
    _CHECKS[kind](name)
    return Reference(kind, name)


def is_reference(value: str) -> bool:
    """Whether a value is meant as a reference, be it right or wrong."""
    kind, colon, _ = value[1:].partition(":")
    return value.startswith("$") and bool(colon) and kind in _CHECKS


def literal(value: str) -> str:
    """The text that a value stands for if it is no reference: a leading `$$` becomes `$`."""
    return value[1:] if value.startswith("$$") else value


def check_name(name: str) -> str:
    """Return the name of a secret, or raise INVALID_REQUEST without repeating it.

    Who confuses name and value would otherwise find the value in a message.
    """
    if not _SECRET.fullmatch(name):
        raise _refusal("name for a secret", "Use 1 to 128 of A-Z a-z 0-9 '.' '_' '-'.")
    return name


def override_name(name: str) -> str:
    """The variable that stands in for a stored secret, on machines without a store."""
    return _OVERRIDE + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _check_variable(name: str) -> None:
    if not is_env_name(name):
        raise _refusal("name of an environment variable", "Write $ENV:NAME.")


def _check_path(path: str) -> None:
    if not path.startswith("/") or "\0" in path:
        raise _refusal("absolute path", "Write $FILE:/absolute/path.")


def _check_words(text: str) -> None:
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not words or not words[0] or not all(map(_is_word, words)):
        hint = 'Write the program and its arguments: $CMD:["op", "read", "op://vault/item/field"]'
        raise _refusal("list of texts in JSON", hint)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _refusal(what: str, hint: str) -> RingletError:
    return RingletError(ErrorCode.INVALID_REQUEST, f"That is not a {what}", hint=hint)


_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "KEYCHAIN": check_name,
    "ENV": _check_variable,
    "FILE": _check_path,
    "CMD": _check_words,
}
