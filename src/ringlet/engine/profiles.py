"""Show and delete profiles."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile, key_name, key_reference, secret_name
from ringlet.domain.providers import Provider
from ringlet.engine.aliases import Aliases
from ringlet.engine.events import EventStream
from ringlet.engine.homes import remove_home
from ringlet.engine.runs import Runs
from ringlet.engine.vault import Vault
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies import ProfileDetail, ProfileInfo


class Profiles:
    """Profiles that are there; a change is on disk and published before the call returns."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        vault: Vault,
        aliases: Aliases,
        runs: Runs,
        events: EventStream,
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._vault = vault
        self._aliases = aliases
        self._runs = runs
        self._events = events

    def all(self, agent_id: str | None = None) -> list[ProfileInfo]:
        """All profiles by alias, or those of one agent."""
        chosen = (p for p in self._store.all() if agent_id in (None, p.agent_id))
        return [ProfileInfo(**_summary(profile)) for profile in chosen]

    async def inspect(self, alias: str) -> ProfileDetail:
        """One profile in full, its key masked."""
        profile = self._store.get(alias)
        provider = self._catalogs.providers.entries.get(profile.provider_id)
        return ProfileDetail(
            **_summary(profile),
            endpoint_url=provider.endpoints.get(profile.endpoint_id, "") if provider else "",
            home=profile.metadata.home,
            created_at=profile.metadata.created_at,
            api_key=await self._masked_key(profile, provider),
            args=profile.args,
            env=profile.env,
            working_dir=profile.working_dir,
            alias_path=profile.metadata.alias_path,
            active_runs=len(self._runs.active(alias)),
        )

    async def delete(self, alias: str, *, purge: bool) -> list[str]:
        """Delete a profile, its key and shim, and with `purge` its home; returns what happened."""
        profile = self._store.get(alias)
        if self._runs.active(alias):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Profile {alias} is running",
                hint=f"End it first, or use: ringlet runs stop {alias}",
            )
        async with self._store.changing:
            notes: list[str] = []
            if profile.metadata.alias_path:
                await _attempt(lambda: self._aliases.uninstall(alias), notes)
            await self._store.remove(alias)
            name = secret_name(profile.provider_id, alias)
            reference = f"$KEYCHAIN:{name}"
            if reference in profile.env.values() and not self._names_key(reference):
                await _attempt(lambda: self._vault.forget(name), notes)
            home = Path(profile.metadata.home)
            if purge:
                await asyncio.to_thread(remove_home, home)
                notes.append(f"Removed its home {home}")
            elif await asyncio.to_thread(home.is_dir):
                notes.append(f"Its home {home} is kept; --purge removes it too")
        self._events.publish("ProfileDeleted", {"alias": alias})
        return notes

    def _names_key(self, reference: str) -> bool:
        """Whether any profile that is left refers to the key."""
        return any(reference in profile.env.values() for profile in self._store.all())

    async def _masked_key(self, profile: Profile, provider: Provider | None) -> str:
        if provider is None:
            return f"provider {profile.provider_id} is unknown"
        reference = profile.env.get(key_name(provider))
        if reference is None:
            return "none"
        if reference != key_reference(provider, profile.alias):
            return reference
        secret = await self._vault.find(secret_name(provider.id, profile.alias))
        return secret.masked() if secret else "missing from the secret store"


async def _attempt(step: Callable[[], Awaitable[object]], notes: list[str]) -> None:
    """Carry on with a deletion when one of its parts cannot be removed, and say so."""
    try:
        await step()
    except RingletError as error:
        notes.append(error.message)


def _summary(profile: Profile) -> dict[str, Any]:
    """What a list shows of a profile."""
    return {
        "alias": profile.alias,
        "agent_id": profile.agent_id,
        "provider_id": profile.provider_id,
        "endpoint_id": profile.endpoint_id,
        "model": profile.model,
        "last_used": profile.metadata.last_used,
        "total_runs": profile.metadata.total_runs,
    }
