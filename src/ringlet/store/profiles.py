"""Profiles on disk: one JSON file each, written by the daemon alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.profiles import SCHEMA_VERSION, Profile
from ringlet.store.descriptors import storage_error
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.quarantine import Quarantine

if TYPE_CHECKING:
    import asyncio

_MAX_BYTES = 1 << 20


class ProfileStore:
    """All profiles of a configuration folder, held in memory and written through.

    A file that does not parse goes to the quarantine; the others load. `home_of` an agent and an
    alias is where a profile lives whose file does not say so.
    """

    def __init__(
        self,
        folder: Path,
        quarantine: Quarantine,
        *,
        home_of: Callable[[str, str], Path],
        read_only: bool = False,
    ) -> None:
        self._home_of = home_of
        self._folder = folder
        self._quarantine = quarantine
        self._read_only = read_only
        self._profiles: dict[str, Profile] = {}
        self._unread: dict[str, str] = {}  # what was said of those that could not be read
        self._foreign: set[str] = set()

    @cached_property
    def _writing(self) -> asyncio.Lock:
        import asyncio  # reading needs no event loop

        return asyncio.Lock()

    @cached_property
    def changing(self) -> asyncio.Lock:
        """Held by whoever creates or deletes a profile."""
        import asyncio  # reading needs no event loop

        return asyncio.Lock()

    def load(self) -> None:
        """Read every profile; call once, before anything else."""
        if not self._read_only:
            ensure_private_dir(self._folder)
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            try:
                self._load(path)
            except RingletError as error:
                self._quarantine.report(error.message)
                self._unread[path.stem] = error.message

    def _load(self, path: Path) -> None:
        parse = partial(self._parse, path.stem)
        if profile := self._quarantine.load(path, parse, limit=_MAX_BYTES):
            self._profiles[path.stem] = profile

    def _catch_up(self) -> None:
        """Read those that could not be read before: it may have passed."""
        for alias in sorted(self._unread):
            with suppress(RingletError):
                self._load_late(alias)

    def _load_late(self, alias: str) -> None:
        self._load(self._path(alias))
        self._quarantine.withdraw(self._unread.pop(alias))

    def all(self) -> list[Profile]:
        """All profiles by alias."""
        self._catch_up()
        return [self._profiles[alias] for alias in sorted(self._profiles)]

    def find(self, alias: str) -> Profile | None:
        """The profile, if there is one; raises STORAGE_ERROR if its file cannot be read now."""
        if alias in self._unread:
            self._load_late(alias)
        return self._profiles.get(alias)

    def get(self, alias: str) -> Profile:
        """The profile; raises PROFILE_NOT_FOUND with what is there."""
        profile = self.find(alias)
        if profile is None:
            known = ", ".join(sorted(self._profiles)[:10])
            raise RingletError(
                ErrorCode.PROFILE_NOT_FOUND,
                f"There is no profile {alias!r}",
                hint=f"Profiles: {known}" if known else "Make one with: ringlet profiles create",
            )
        return profile

    async def add(self, profile: Profile) -> None:
        """Write a new profile; on an error nothing has changed."""
        async with self._writing:
            await self._write(profile)

    async def update(self, alias: str, change: Callable[[Profile], Profile]) -> None:
        """Replace a profile by what `change` makes of its latest state; gone ones stay gone."""
        async with self._writing:
            before = self._profiles.get(alias)
            if before is not None and (after := change(before)) != before:
                await self._write(after)

    async def reread(self, alias: str) -> tuple[Profile | None, Profile | None]:
        """Take over what somebody else made of a profile's file; its state before and after.

        A file that does not parse raises STORAGE_ERROR: it and the profile stay as they are.
        """
        import asyncio

        async with self._writing:
            before = self._profiles.get(alias)
            data = await asyncio.to_thread(read_bounded, self._path(alias), _MAX_BYTES)
            try:
                after = None if data is None else self._parse(alias, data)
            except Exception as error:  # whatever the parser trips over is a fault of this file
                self._foreign.add(alias)
                raise RingletError(
                    ErrorCode.STORAGE_ERROR,
                    f"{self._path(alias)}: {error or type(error).__name__}",
                    hint="Correct it; until then the profile stays as it was.",
                ) from error
            self._foreign.discard(alias)
            if after is None:
                self._profiles.pop(alias, None)
            else:
                self._profiles[alias] = after
            return before, after

    async def remove(self, alias: str) -> None:
        """Forget a profile and its file."""
        async with self._writing:
            import asyncio

            path = self._path(alias)
            try:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            except OSError as error:
                raise storage_error("remove", path, error) from error
            self._profiles.pop(alias, None)

    async def _write(self, profile: Profile) -> None:
        data = msgspec.json.format(msgspec.json.encode(profile)) + b"\n"
        import asyncio

        path = self._path(profile.alias)
        if profile.alias in self._foreign:
            # Somebody's half-done edit is there: it is not ours to throw away.
            await asyncio.to_thread(self._quarantine.put, path, "was edited and does not parse")
            self._foreign.discard(profile.alias)
        await asyncio.to_thread(ensure_private_dir, self._folder)  # it may have been moved away
        await asyncio.to_thread(write_atomic, path, data)
        self._profiles[profile.alias] = profile

    def _path(self, alias: str) -> Path:
        return self._folder / f"{check_alias(alias)}.json"

    def _parse(self, alias: str, data: bytes) -> Profile:
        """Parse and check the file of a profile; raises ValueError that says what is wrong."""
        profile = msgspec.json.decode(data, type=Profile)
        if profile.schema_version > SCHEMA_VERSION:
            raise ValueError(f"was written by a newer version (schema {profile.schema_version})")
        if profile.alias != check_alias(alias):
            raise ValueError(f"holds the alias {profile.alias!r}")
        return profile if profile.metadata.home else self._housed(profile)

    def _housed(self, profile: Profile) -> Profile:
        try:
            home = self._home_of(profile.agent_id, profile.alias)
        except RingletError as error:
            raise ValueError(f"names no home: {error.message}") from error
        metadata = msgspec.structs.replace(profile.metadata, home=str(home))
        return msgspec.structs.replace(profile, metadata=metadata)
