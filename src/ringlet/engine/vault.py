"""The keys of profiles: which store keeps them, and how they get in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.engine.passphrase import asked
from ringlet.store.secrets.choice import Chosen
from ringlet.store.secrets.contract import SecretStore
from ringlet.store.secrets.resolving import Sources, resolve

_TRIES: Final = 3

T = TypeVar("T")


class Vault:
    """Chooses the secret store at first need, because looking for a keychain takes a while.

    It chooses anew when the setting `backend` has changed. `learn` hears every value that passes,
    so that the log can blot it out.
    """

    def __init__(
        self,
        *,
        choose: Callable[[], Awaitable[Chosen]],
        backend: Callable[[], str],
        environ: Mapping[str, str],
        learn: Callable[[str], None],
    ) -> None:
        self._choose = choose
        self._backend = backend
        self._environ = environ
        self._learn = learn
        self._chosen: Chosen | None = None
        self._chosen_for = ""
        self._choosing = asyncio.Lock()

    async def chosen(self) -> Chosen:
        """The store in use and why; the first call may take some seconds."""
        async with self._choosing:
            if self._chosen is None or self._chosen_for != self._backend():
                self._chosen_for = self._backend()
                self._chosen = await self._choose()
            return self._chosen

    @property
    def description(self) -> str:
        """The kind of store, or that none was needed yet."""
        return self._chosen.store.kind if self._chosen else "not used yet"

    async def keep(self, name: str, secret: Secret) -> None:
        """Store a key."""
        self._learn(secret.reveal())
        await self.opened(lambda store: store.put(name, secret))

    async def forget(self, name: str) -> bool:
        """Remove a key; False if there was none."""
        return await self.opened(lambda store: store.delete(name))

    async def find(self, name: str) -> Secret | None:
        """A key, or None."""
        secret = await self.opened(lambda store: store.get(name))
        if secret:
            self._learn(secret.reveal())
        return secret

    async def masked(self, name: str) -> str:
        """What may be shown of a key; nobody is asked to unlock the store for that."""
        try:
            secret = await (await self._store()).get(name)
        except RingletError as error:
            if error.code is ErrorCode.SECRETS_LOCKED:
                return "in the secret store, which is locked"
            raise
        if secret is None:
            return "missing from the secret store"
        self._learn(secret.reveal())
        return secret.masked()

    async def resolve(
        self, variables: Mapping[str, str], caller: Mapping[str, str] | None = None
    ) -> dict[str, str | Secret]:
        """The variables with references replaced; raises naming what is missing.

        `caller` is the environment of whoever asks, where there is one.
        """
        sources = Sources(self._store, self._environ if caller is None else caller, self._environ)
        values = await self._unlocking(lambda: resolve(variables, sources))
        for value in values.values():
            if isinstance(value, Secret):
                self._learn(value.reveal())
        return values

    async def unlock(self, passphrase: Secret) -> None:
        """Open the encrypted file, until `lock` or the end of the daemon."""
        await (await self.chosen()).file.unlock(passphrase)

    async def lock(self) -> None:
        """Forget the passphrase and every key that was read."""
        chosen = await self.chosen()
        await chosen.file.lock()
        await chosen.keychain.forget()

    async def opened(self, work: Callable[[SecretStore], Awaitable[T]]) -> T:
        """Do something with the store, which whoever asks may have to unlock for it."""

        async def do() -> T:
            return await work(await self._store())

        return await self._unlocking(do)

    async def _store(self) -> SecretStore:
        return (await self.chosen()).store

    async def _unlocking(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it, and again once the store is unlocked by somebody who has a terminal."""
        tries, refusal = 0, ""
        while True:
            try:
                return await work()
            except RingletError as error:
                ask = asked.get()
                if error.code is not ErrorCode.SECRETS_LOCKED or ask is None:
                    raise
            passphrase = await ask(refusal)
            try:
                await self.unlock(passphrase)
            except RingletError as error:
                tries, refusal = tries + 1, error.message
                if tries == _TRIES:
                    raise
