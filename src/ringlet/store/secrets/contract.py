"""What every secret store offers, and what it takes."""

from __future__ import annotations

from typing import Final, Literal, Protocol

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret

MAX_SECRET_BYTES: Final = 64 << 10


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


def check_secret(name: str, secret: Secret) -> str:
    """The text of a secret that can be kept; raises INVALID_REQUEST if it is empty or too long."""
    text = secret.reveal()
    if not 0 < len(text.encode()) <= MAX_SECRET_BYTES:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"The secret {name!r} must have 1 to {MAX_SECRET_BYTES} bytes",
        )
    return text
