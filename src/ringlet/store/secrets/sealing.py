"""The format of the encrypted file: each secret sealed on its own by ChaCha20-Poly1305.

A record is bound to the version of the format, to the store and to its name, so that it cannot
be moved to another place unnoticed. Names stand in the clear.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from ringlet.store.secrets.key_sources import SourceKind

SCHEMA_VERSION: Final = 1
STORE_BYTES: Final = 16
_NONCE_BYTES: Final = 12


class Damaged(ValueError):
    """These bytes are no content of a secret store."""


class NewerVersion(Exception):
    """The file was written by a newer version of Ringlet."""


class WrongKey(Exception):
    """A record is not sealed by this key for this place."""


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One encrypted text."""

    nonce: bytes
    box: bytes


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `store` is its random identity; `check` tells whether a key is the right one."""

    schema_version: int
    store: bytes
    key: SourceKind
    check: Sealed
    records: dict[str, Sealed] = {}


class _Version(msgspec.Struct, frozen=True):
    schema_version: int


def parse(data: bytes) -> Content:
    """The content of a file; raises Damaged or NewerVersion."""
    try:
        if msgspec.json.decode(data, type=_Version).schema_version > SCHEMA_VERSION:
            raise NewerVersion
        return msgspec.json.decode(data, type=Content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(str(error)) from error


class Sealer:
    """Seals and opens the records of one store with its key."""

    def __init__(self, key: bytes, store: bytes) -> None:
        # Loaded at first use: it costs more than everything else in a start of the daemon.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._cipher = ChaCha20Poly1305(key)
        self._invalid = InvalidTag
        self._store = store

    def seal(self, name: str, text: str) -> Sealed:
        """Encrypt with a fresh nonce."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return Sealed(nonce, self._cipher.encrypt(nonce, text.encode(), self._place(name)))

    def open(self, name: str, sealed: Sealed) -> str:
        """Decrypt; raises WrongKey if anything does not fit."""
        try:
            return self._cipher.decrypt(sealed.nonce, sealed.box, self._place(name)).decode()
        except (self._invalid, ValueError) as error:
            raise WrongKey from error

    def _place(self, name: str) -> bytes:
        return f"ringlet-secrets/{SCHEMA_VERSION}/{self._store.hex()}/{name}".encode()


def new_content(sealer: Sealer, store: bytes, key: SourceKind) -> Content:
    """An empty store; its check is an empty text under the empty name, which no secret has."""
    return Content(SCHEMA_VERSION, store, key, check=sealer.seal("", ""))
