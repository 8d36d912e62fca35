"""Delete a profile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.aliases import Aliases
from ringlet.engine.events import EventStream
from ringlet.engine.homes import check_purge, remove_home
from ringlet.engine.keys import Keys
from ringlet.engine.lifecycle import Lifecycle
from ringlet.engine.runs import Runs
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore


class Deletion:
    """Removes a profile and what belongs to it alone."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        keys: Keys,
        aliases: Aliases,
        runs: Runs,
        events: EventStream,
        paths: Paths,
        lifecycle: Lifecycle,
        catalogs: Catalogs,
        keep_usage: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._keys = keys
        self._aliases = aliases
        self._runs = runs
        self._events = events
        self._paths = paths
        self._lifecycle = lifecycle
        self._catalogs = catalogs
        self._keep_usage = keep_usage

    async def delete(self, alias: str, *, purge: bool) -> list[str]:
        """Delete a profile, its key and shim, and with `purge` its home; returns what happened."""
        profile = self._store.get(alias)
        if self._runs.active(alias):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Profile {alias} is running",
                hint=f"End it first, or use: ringlet runs stop {alias}",
            )
        if purge:
            await asyncio.to_thread(check_purge, profile, self._paths)
        async with self._store.changing:
            notes: list[str] = []
            if purge:  # what the profile used outlives the transcripts in its home
                await _attempt(self._keep_usage, notes)
            await _attempt(lambda: self._lifecycle.reach("delete", profile), notes)
            if profile.metadata.alias_path:
                await _attempt(lambda: self._aliases.uninstall(alias), notes)
            await self._store.remove(alias)
            await _attempt(lambda: self._keys.drop(profile), notes)
            home = Path(profile.metadata.home)
            if purge:
                notes.append(await asyncio.to_thread(remove_home, home))
            elif await asyncio.to_thread(home.is_dir):
                await _attempt(lambda: self._withdraw_key(profile), notes)
                notes.append(f"Its home {home} is kept; --purge removes it too")
        self._events.publish("ProfileDeleted", {"alias": alias})
        return notes

    async def _withdraw_key(self, profile: Profile) -> None:
        """Of the files that stay, none shall hold the key: some agents take it no other way."""
        from ringlet.engine.configuration import withdraw_files

        rules = self._catalogs.agents.get(profile.agent_id).profile
        await asyncio.to_thread(withdraw_files, profile, rules.key_files)


async def _attempt(step: Callable[[], Awaitable[object]], notes: list[str]) -> None:
    """Carry on with a deletion when one of its parts cannot be removed, and say so."""
    try:
        await step()
    except RingletError as error:
        notes.append(error.message)
