"""The stored secrets: which there are, where, and who uses them."""

from __future__ import annotations

import asyncio
from typing import Literal

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import reference_to
from ringlet.domain.references import check_name
from ringlet.domain.secret import Secret
from ringlet.engine.config import Config
from ringlet.engine.settings import CurrentSettings
from ringlet.engine.vault import Vault
from ringlet.store.profiles import ProfileStore
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.encrypted import FILE
from ringlet.store.secrets.examination import stored_names
from ringlet.store.secrets.key_sources import KeySource
from ringlet.store.secrets.keychain import Keychain
from ringlet.wire.replies.secrets import SecretInfo, SecretsInfo

_SHORTEST = 8


class Secrets:
    """Looks after the secret stores; values only ever go in."""

    def __init__(
        self,
        *,
        vault: Vault,
        profiles: ProfileStore,
        settings: CurrentSettings,
        config: Config,
        unattended: KeySource,
    ) -> None:
        self._vault = vault
        self._profiles = profiles
        self._settings = settings
        self._config = config
        self._unattended = unattended

    async def status(self) -> SecretsInfo:
        """Which store is in use, why, and what to do."""
        setting = self._settings().secrets.backend
        path = str(self._config.path.parent / "secrets" / FILE)
        try:
            chosen = await self._vault.chosen()
        except RingletError as error:
            return SecretsInfo("none", setting, error.message, error.hint, False, 0, path, "")
        source = chosen.file.source
        locked = source.kind == "passphrase" and source.passphrase is None
        advice = [chosen.warning]
        if locked and (chosen.store.kind == "file" or await chosen.file.names()):
            advice.append("The file is locked. Unlock it with: ringlet secrets unlock")
        return SecretsInfo(
            store=chosen.store.kind,
            setting=setting,
            reason=chosen.reason,
            advice=" ".join(filter(None, advice)),
            locked=locked,
            count=len(await chosen.store.names()),
            file=path,
            opens_with=str(source),
        )

    async def all(self) -> list[SecretInfo]:
        """All names, of both stores as far as they are in use."""
        chosen = await self._vault.chosen()
        in_file = await chosen.file.names()
        return [
            SecretInfo(
                name=name,
                store="file" if name in in_file else "keychain",
                used_by=tuple(self._users(name)),
            )
            for name in await chosen.store.names()
        ]

    async def names(self) -> list[str]:
        """The names in both stores, as far as their files tell, without asking a keychain."""
        return await asyncio.to_thread(stored_names, self._config.path.parent / "secrets")

    async def set(self, name: str, secret: Secret) -> None:
        """Store a secret; an older one of that name is replaced."""
        await self._vault.keep(check_name(name), secret)

    async def remove(self, name: str, *, force: bool = False) -> None:
        """Forget a secret, unless somebody refers to it."""
        users = self._users(check_name(name))
        if users and not force:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"The secret {name!r} is used by {', '.join(users)}",
                hint="Say --force if they shall do without it.",
            )
        if not await self._vault.forget(name):
            raise RingletError(
                ErrorCode.SECRET_UNAVAILABLE,
                f"There is no secret {name!r}",
                hint="See: ringlet secrets list",
            )

    async def lock(self) -> bool:
        """Forget the passphrase and all that was read; whether a passphrase is needed now."""
        await self._vault.lock()
        return (await self._vault.chosen()).file.source.kind == "passphrase"

    async def unlock(self, passphrase: Secret) -> None:
        """Open the encrypted file until it is locked or the daemon ends."""
        await self._vault.unlock(passphrase)

    async def protect(self, passphrase: Secret | None) -> None:
        """Have the encrypted file opened by a passphrase; None: by a key file again."""
        if passphrase is not None and len(passphrase.reveal()) < _SHORTEST:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"A passphrase needs {_SHORTEST} characters or more",
                hint="Several words that do not belong together are good, and easy to remember.",
            )
        source = self._unattended
        if passphrase is not None:
            source = KeySource("passphrase", passphrase=passphrase)
        file = (await self._vault.chosen()).file
        await self._vault.opened(lambda _: file.reseal(source))

    async def move(self, to: Literal["keychain", "file"]) -> list[str]:
        """Move all secrets to one store, which takes new ones from now on; returns their names.

        Each is read back before any is removed where it was; interrupted, both stores have some.
        """
        chosen = await self._vault.chosen()
        source: SecretStore = chosen.file if to == "keychain" else chosen.keychain
        target: SecretStore = chosen.keychain if to == "keychain" else chosen.file
        if to == "keychain":
            await _require(chosen.keychain)
        # What both have is newer in the file: it was put there while the keychain did not work.
        kept = set(await chosen.file.names()) if to == "file" else set()
        moved = await self._vault.opened(lambda _: _copy(source, target, besides=kept))
        await self._config.set("secrets.backend", "auto" if to == "keychain" else "file")
        await self._vault.opened(lambda _: _clear(source))
        return moved

    def _users(self, name: str) -> list[str]:
        reference = reference_to(name)
        users = [p.alias for p in self._profiles.all() if reference in p.env.values()]
        servers = self._settings().mcp_servers
        values = [
            servers.github_token,
            *(v for s in servers.custom.values() for v in s.env.values()),
        ]
        return [*users, *(["config.toml"] if reference in values else [])]


async def _require(keychain: Keychain) -> None:
    probe = await keychain.probe()
    if not probe.usable:
        raise RingletError(
            ErrorCode.SECRET_UNAVAILABLE, probe.detail, hint="Nothing was moved. Unlock it first."
        )


async def _copy(source: SecretStore, target: SecretStore, *, besides: set[str]) -> list[str]:
    """Copy all secrets but some, and read each back; the names of those that were copied."""
    copied: dict[str, Secret] = {}
    for name in await source.names():
        secret = None if name in besides else await source.get(name)
        if secret is not None:
            await target.put(name, secret)
            copied[name] = secret
    if isinstance(target, Keychain):
        await target.forget()  # so that it is really asked
    for name, secret in copied.items():
        if await target.get(name) != secret:
            raise RingletError(
                ErrorCode.STORAGE_ERROR,
                f"The secret {name!r} did not come back as it was put; nothing was removed",
            )
    return list(copied)


async def _clear(store: SecretStore) -> None:
    for name in await store.names():
        await store.delete(name)
