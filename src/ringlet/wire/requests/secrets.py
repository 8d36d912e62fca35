"""Requests about secrets. None is answered with a secret."""

from __future__ import annotations

from typing import Literal

from ringlet.wire.requests.base import Request


class SecretsStatus(Request, frozen=True, tag="secrets_status"):
    """Which store keeps secrets, why, and what to do."""


class SecretsList(Request, frozen=True, tag="secrets_list"):
    """The names of all secrets."""


class SecretsSet(Request, frozen=True, tag="secrets_set"):
    """Store a secret; an older one of that name is replaced."""

    name: str
    value: str

    def __repr__(self) -> str:
        return f"SecretsSet(name={self.name!r})"


class SecretsDelete(Request, frozen=True, tag="secrets_delete"):
    """Forget a secret; `force` though profiles refer to it."""

    name: str
    force: bool = False


class SecretsLock(Request, frozen=True, tag="secrets_lock"):
    """Forget the passphrase, and every secret that was read."""


class SecretsUnlock(Request, frozen=True, tag="secrets_unlock"):
    """Give the passphrase of the encrypted file."""

    passphrase: str

    def __repr__(self) -> str:
        return "SecretsUnlock()"


class SecretsPassphrase(Request, frozen=True, tag="secrets_passphrase"):
    """Give the encrypted file a passphrase, or another one; null: a key file opens it again."""

    passphrase: str | None

    def __repr__(self) -> str:
        return "SecretsPassphrase()"


class SecretsMove(Request, frozen=True, tag="secrets_move"):
    """Move all secrets into one of the two stores, which keeps them from then on."""

    to: Literal["keychain", "file"]
