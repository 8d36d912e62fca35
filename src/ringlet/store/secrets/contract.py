"""What every secret store offers, and what a secret may be called."""

from __future__ import annotations

import re
from typing import Final, Literal, Protocol

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret

MAX_SECRET_BYTES: Final = 64 << 10
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class SecretStore(Protocol):
    """A place for keys. Errors are RingletError SECRET_UNAVAILABLE, STORAGE_ERROR or TIMEOUT."""

    @property
    def kind(self) -> Literal["keychain", "file"]:
        """Which kind of store takes what is put."""

    async def get(self, name: str) -> Secret | None:
        """The secret, or None if there is none of that name."""

    async def put(self, name: str, secret: Secret) -> None:
        """Keep a secret, durably; an older one of that name is replaced."""

    async def delete(self, name: str) -> bool:
        """Forget a secret; whether there was one."""

    async def names(self) -> list[str]:
        """The names of all secrets of this store, sorted."""


def check_name(name: str) -> str:
    """Return the name of a secret, or raise INVALID_REQUEST without repeating it.

    Who confuses name and value would otherwise find the value in a message.
    """
    if not _NAME.fullmatch(name):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            "That is not a name for a secret",
            hint="Use 1 to 128 of A-Z a-z 0-9 '.' '_' '-'.",
        )
    return name


def check_secret(name: str, secret: Secret) -> str:
    """The text of a secret that can be kept; raises INVALID_REQUEST if it is empty or too long."""
    text = secret.reveal()
    if not 0 < len(text.encode()) <= MAX_SECRET_BYTES:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"The secret {name!r} must have 1 to {MAX_SECRET_BYTES} bytes",
        )
    return text
