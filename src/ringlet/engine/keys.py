"""The secrets that belong to profiles, each under a name of its profile's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_secret_name
from ringlet.domain.profiles import Profile, key_name, own_secrets, reference_to, variable_secret
from ringlet.domain.providers import Provider
from ringlet.domain.references import literal, parse_reference
from ringlet.domain.secret import Secret
from ringlet.engine.undo import Undo, to_the_end
from ringlet.engine.vault import Vault
from ringlet.store.profiles import ProfileStore

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Keys:
    """Keeps, finds and drops the secrets of profiles."""

    def __init__(self, *, store: ProfileStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def holders(self, provider: Provider, *, besides: str = "") -> list[str]:
        """Profiles that have a key of the provider, the one used last first."""
        name = key_name(provider)
        found = [
            profile
            for profile in self._store.all()
            if profile.provider_id == provider.id and name in profile.env
        ]
        found.sort(key=lambda profile: profile.metadata.last_used or _LONG_AGO, reverse=True)
        return [profile.alias for profile in found if profile.alias != besides]

    async def of(self, alias: str, provider: Provider) -> Secret:
        """The key of another profile, to be used again; raises if it has none of the provider."""
        profile = self._store.get(alias)
        name = key_name(provider)
        if profile.provider_id != provider.id or name not in profile.env:
            raise RingletError(
                ErrorCode.SECRET_UNAVAILABLE,
                f"Profile {alias} has no key of provider {provider.id}",
                hint="Profiles that have: " + (", ".join(self.holders(provider)) or "none"),
            )
        value = (await self._vault.resolve({name: profile.env[name]}))[name]
        return value if isinstance(value, Secret) else Secret(value)

    async def keep(self, name: str, secret: Secret, undo: Undo) -> None:
        """Store a secret; the one that had its name comes back if the rest fails."""
        before = await self._vault.find(name)
        undo.by(lambda: self._restore(name, before))
        await to_the_end(self._vault.keep(name, secret))

    async def entrust(
        self, alias: str, env: Mapping[str, str | Secret], undo: Undo
    ) -> dict[str, str]:
        """The variables as a profile may hold them: with references in place of secrets.

        Literal text under a name that sounds like a secret is taken for one.
        """
        kept: dict[str, str] = {}
        for name, value in env.items():
            if isinstance(value, str) and not _is_secret(name, value):
                kept[name] = value
                continue
            secret = value if isinstance(value, Secret) else Secret(literal(value))
            await self.keep(variable_secret(alias, name), secret, undo)
            kept[name] = reference_to(variable_secret(alias, name))
        return kept

    async def variables(self, profile: Profile) -> dict[str, str | Secret]:
        """The profile's variables for a copy of it: its own secrets with their values."""
        own = own_secrets(profile)
        resolved = await self._vault.resolve({name: profile.env[name] for name in own})
        return {**profile.env, **resolved}

    async def drop(self, before: Profile) -> None:
        """Forget those of a profile's own secrets that no profile refers to any more."""
        for name in own_secrets(before).values():
            reference = reference_to(name)
            if not any(reference in profile.env.values() for profile in self._store.all()):
                await self._vault.forget(name)

    async def _restore(self, name: str, before: Secret | None) -> None:
        if before is None:
            await self._vault.forget(name)
        else:
            await self._vault.keep(name, before)


def _is_secret(name: str, value: str) -> bool:
    return bool(value) and is_secret_name(name) and parse_reference(value) is None
