"""The keychain over an encrypted file that an earlier time without it has left."""

from __future__ import annotations

from typing import Final, Literal

from ringlet.domain.secret import Secret
from ringlet.store.secrets.contract import SecretStore


class Layered:
    """New secrets go to `keychain`; those in `file` stay readable and move with their next put.

    What is in the file is newer than an entry of the same name in the keychain: it was put while
    the keychain did not work, and a put in the keychain takes it out of the file.
    """

    kind: Final[Literal["keychain"]] = "keychain"

    def __init__(self, keychain: SecretStore, file: SecretStore) -> None:
        self._keychain = keychain
        self._file = file

    async def get(self, name: str) -> Secret | None:
        """The secret from the file if it is there, else from the keychain."""
        if name in await self._file.names():
            return await self._file.get(name)
        return await self._keychain.get(name)

    async def put(self, name: str, secret: Secret) -> None:
        """Keep the secret in the keychain and take it out of the file."""
        await self._keychain.put(name, secret)
        await self._file.delete(name)

    async def delete(self, name: str) -> bool:
        """Forget the secret in both."""
        in_file = await self._file.delete(name)
        return await self._keychain.delete(name) or in_file

    async def names(self) -> list[str]:
        """The names in both."""
        return sorted({*await self._keychain.names(), *await self._file.names()})
