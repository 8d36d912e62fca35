"""The keys of profiles: which store keeps them, and how they get in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from ringlet.domain.secret import Secret
from ringlet.store.secrets.choice import Chosen
from ringlet.store.secrets.references import parse_reference, resolve


class Vault:
    """Chooses the secret store at first need, because looking for a keychain takes a while.

    `learn` hears every value that passes, so that the log can blot it out.
    """

    def __init__(
        self,
        *,
        choose: Callable[[], Awaitable[Chosen]],
        environ: Mapping[str, str],
        learn: Callable[[str], None],
    ) -> None:
        self._choose = choose
        self._environ = environ
        self._learn = learn
        self._chosen: Chosen | None = None
        self._choosing = asyncio.Lock()

    async def chosen(self) -> Chosen:
        """The store in use and why; the first call may take some seconds."""
        async with self._choosing:
            if self._chosen is None:
                self._chosen = await self._choose()
            return self._chosen

    @property
    def description(self) -> str:
        """The kind of store, or that none was needed yet."""
        return self._chosen.store.kind if self._chosen else "not used yet"

    async def keep(self, name: str, secret: Secret) -> None:
        """Store a key."""
        self._learn(secret.reveal())
        await (await self.chosen()).store.put(name, secret)

    async def forget(self, name: str) -> bool:
        """Remove a key; False if there was none."""
        return await (await self.chosen()).store.delete(name)

    async def find(self, name: str) -> Secret | None:
        """A key, or None."""
        secret = await (await self.chosen()).store.get(name)
        if secret:
            self._learn(secret.reveal())
        return secret

    async def resolve(self, variables: Mapping[str, str]) -> dict[str, str | Secret]:
        """The variables with references replaced; raises naming what is missing."""
        if not any(parse_reference(value) for value in variables.values()):
            return dict(variables)
        store = (await self.chosen()).store
        values = await resolve(variables, store, environ=self._environ)
        for value in values.values():
            if isinstance(value, Secret):
                self._learn(value.reveal())
        return values
