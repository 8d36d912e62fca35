"""What names from outside may look like."""

from __future__ import annotations

import re
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError

_ALIAS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_IDENTIFIER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SECRET_NAME: Final = re.compile(
    r"(.*_)?(API)?(KEY|KEY_ID|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|HEADERS)", re.IGNORECASE
)
_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_alias(alias: str) -> str:
    """Return the alias of a profile, or raise if it could not be a file name everywhere."""
    if not _ALIAS.fullmatch(alias):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{alias!r} is not a profile alias",
            hint="Use 1 to 64 of A-Z a-z 0-9 '-' '_', beginning with a letter or digit.",
        )
    return alias


def is_identifier(text: str) -> bool:
    """Whether the text can be the id of an agent or provider."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_env_name(text: str) -> bool:
    """Whether the text is a portable name of an environment variable."""
    return _ENV_NAME.fullmatch(text) is not None


def is_secret_name(text: str) -> bool:
    """Whether a variable of that name usually holds a secret."""
    return _SECRET_NAME.fullmatch(text) is not None
