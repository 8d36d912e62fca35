"""Delete a profile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile
from ringlet.engine.aliases import Aliases
from ringlet.engine.events import EventStream
from ringlet.engine.homes import (
    check_confirmed,
    check_purge,
    is_gone,
    is_ours,
    remove_home,
    usual_home,
)
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

    def is_foreign(self, alias: str, *, folder: str = "") -> bool:
        """Whether somebody else made the home of a profile, so that its path has to be confirmed.

        Raises FORBIDDEN if it must not be removed at all. `folder` is where the caller is. Blocks.
        """
        profile = self._store.get(alias)
        others = [other for other in self._store.all() if other.alias != alias]
        home = Path(profile.metadata.home)
        if os.path.islink(home) or is_gone(home):
            return False  # nothing will be removed
        check_purge(profile, others, self._paths, folder=folder)
        return not is_ours(profile, self._usual_home(profile), self._paths)

    async def delete(
        self, alias: str, *, purge: bool, confirmed: str = "", folder: str = ""
    ) -> list[str]:
        """Delete a profile, its key and shim, and with `purge` its home; returns what happened.

        A home that is not ours goes only if `confirmed` is its path. The home goes first: what
        cannot be removed leaves the profile, and deleting it again goes on.
        """
        profile = self._store.get(alias)
        if self._runs.active(alias):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Profile {alias} is running",
                hint=f"End it first, or use: ringlet runs stop {alias}",
            )
        if purge and await asyncio.to_thread(self.is_foreign, alias, folder=folder):
            check_confirmed(profile, confirmed, self._paths)
        home = Path(profile.metadata.home)
        async with self._store.changing:
            notes: list[str] = []
            if purge:  # what the profile used outlives the transcripts in its home
                await _attempt(self._keep_usage, notes)
            await _attempt(lambda: self._lifecycle.reach("delete", profile), notes)
            removed = await asyncio.to_thread(remove_home, home) if purge else ""
            if profile.metadata.alias_path:
                await _attempt(lambda: self._aliases.uninstall(alias), notes)
            await self._store.remove(alias)
            await _attempt(lambda: self._keys.drop(profile), notes)
            if purge:
                notes.append(removed)
            elif await asyncio.to_thread(home.is_dir):
                await _attempt(lambda: self._withdraw_key(profile), notes)
                notes.append(f"Its home {home} is kept; --purge removes it too")
        self._events.publish("ProfileDeleted", {"alias": alias})
        return notes

    def _usual_home(self, profile: Profile) -> Path:
        try:
            return usual_home(
                self._catalogs.agents.get(profile.agent_id), profile.alias, self._paths
            )
        except RingletError:  # its agent is not known any more
            return Path()

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
