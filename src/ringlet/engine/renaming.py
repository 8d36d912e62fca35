"""Give a profile another alias: its home, keys and command go with it."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.profiles import (
    Profile,
    own_secrets,
    reference_to,
    secret_name,
    variable_secret,
)
from ringlet.engine.aliases import Aliases
from ringlet.engine.events import EventStream
from ringlet.engine.homes import usual_home
from ringlet.engine.keys import Keys
from ringlet.engine.runs import Runs
from ringlet.engine.undo import Undo, to_the_end
from ringlet.engine.vault import Vault
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore


class Renaming:
    """Moves what bears the alias; what was recorded under it is attributed to the new one."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        vault: Vault,
        keys: Keys,
        aliases: Aliases,
        runs: Runs,
        paths: Paths,
        events: EventStream,
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._vault = vault
        self._keys = keys
        self._aliases = aliases
        self._runs = runs
        self._paths = paths
        self._events = events

    async def rename(self, old: str, new: str, *, search: str) -> list[str]:
        """Rename a profile that does not run; says what moved and what did not.

        The new file is written before the home moves and before the old file goes, so that at
        every moment one of the two is whole; after a kill in between the same call goes on.
        `search` is the caller's PATH.
        """
        check_alias(new)
        notes: list[str] = []
        async with self._store.changing, Undo() as undo:
            before = self._store.get(old)
            self._refuse(before, new)
            home = self._new_home(before, new)
            env = await self._copy_secrets(before, new, undo)
            after = _renamed(before, new, home=home, env=env)
            undo.by(lambda: self._store.remove(new))
            await to_the_end(self._store.add(after))
            if home != before.metadata.home:
                undo.by(lambda: asyncio.to_thread(_move_back, home, before.metadata.home))
                await to_the_end(asyncio.to_thread(_move, before.metadata.home, home))
                notes.append(f"Its home is now {home}; paths that the agent noted in it stay")
            else:
                notes.append(f"Its home stays {home}")
            await to_the_end(self._store.remove(old))
        data = {"alias": new, "changes": ["alias", "home", "env"], "previous_alias": old}
        self._events.publish("ProfileUpdated", data)
        await self._keys.drop(before)
        if before.metadata.alias_path:
            notes.append(await self._move_shim(Path(before.metadata.alias_path), new, search))
        return notes

    def _refuse(self, before: Profile, new: str) -> None:
        other = self._store.find(new)
        if other and not _begun(before, other):
            raise RingletError(ErrorCode.PROFILE_EXISTS, f"There is a profile {new!r} already")
        if self._runs.active(before.alias):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Profile {before.alias} is running",
                hint=f"End it first, or use: ringlet runs stop {before.alias}",
            )

    def _new_home(self, before: Profile, new: str) -> str:
        """Where the home goes: along with the alias if it lies where the manifest puts it."""
        agent = self._catalogs.agents.get(before.agent_id)
        usual, after = (str(usual_home(agent, alias, self._paths)) for alias in (before.alias, new))
        if before.metadata.home != usual:
            return before.metadata.home
        moved = self._store.find(new) and not os.path.lexists(usual)
        if os.path.lexists(after) and not moved:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"The home of {new} would be {after}, which is there already",
                hint="Move it away, or choose another alias.",
            )
        return after

    async def _copy_secrets(self, before: Profile, new: str, undo: Undo) -> dict[str, str]:
        """The profile's own secrets under their new names; the variables that refer to them."""
        env = dict(before.env)
        for variable, name in own_secrets(before).items():
            secret = await self._vault.find(name)
            is_key = name == secret_name(before.provider_id, before.alias)
            target = secret_name(before.provider_id, new)
            target = target if is_key else variable_secret(new, variable)
            if secret is not None:  # one that is missing stays missing under its new name
                await self._keys.keep(target, secret, undo)
            env[variable] = reference_to(target)
        return env

    async def _move_shim(self, path: Path, new: str, search: str) -> str:
        """Install the command of the new name beside that of the old, which goes."""
        await asyncio.to_thread(self._aliases.discard, path)
        try:
            shim = await self._aliases.install(new, search=search, bin_dir=str(path.parent))
        except RingletError as error:
            return f"No shim was installed: {error.message}"
        return f"Its command is now {shim.path}"


def _begun(before: Profile, other: Profile) -> bool:
    """Whether the other profile is what a renaming of this one has left half-way."""
    same = before.metadata.created_at == other.metadata.created_at
    return same and before.alias in other.metadata.former


def _renamed(before: Profile, new: str, *, home: str, env: dict[str, str]) -> Profile:
    now = datetime.now(UTC)
    metadata = msgspec.structs.replace(
        before.metadata,
        home=home,
        alias_path=None,
        former={**before.metadata.former, before.alias: now},
    )
    return msgspec.structs.replace(before, alias=new, env=env, metadata=metadata)


def _move(source: str, target: str) -> None:
    """Move a home, if there is one; both places lie in one folder."""
    try:
        os.rename(source, target)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise RingletError(
            ErrorCode.STORAGE_ERROR, f"Cannot move {source} to {target}: {error.strerror or error}"
        ) from error


def _move_back(target: str, source: str) -> None:
    with suppress(RingletError):
        if not os.path.lexists(source):
            _move(target, source)
