"""What is said of secrets: names and places, never a value."""

from __future__ import annotations

import msgspec


class SecretsInfo(msgspec.Struct, frozen=True):
    """`store` is keychain, file or none; `advice` what to do, "" if nothing.

    `opens_with` tells the key of the encrypted file, `locked` that nobody has given its
    passphrase.
    """

    store: str
    setting: str
    reason: str
    advice: str
    locked: bool
    count: int
    file: str
    opens_with: str


class SecretInfo(msgspec.Struct, frozen=True):
    """A stored secret: the store that has it, and the profiles that refer to it."""

    name: str
    store: str
    used_by: tuple[str, ...]
