"""Take over what was changed in the configuration folder by hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import RingletError
from ringlet.domain.profiles import Profile, changes
from ringlet.engine.agents import Agents
from ringlet.engine.events import EventStream, profile_created
from ringlet.engine.scripts import Scripts
from ringlet.store.aside import aside
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore

_log = logging.getLogger(__name__)


class Refresh:
    """Reads changed files again and says what is different now.

    What does not parse is logged and kept in `problems` until it is mended; nothing else changes.
    """

    def __init__(
        self,
        *,
        paths: Paths,
        store: ProfileStore,
        catalogs: Catalogs,
        agents: Agents,
        scripts: Scripts,
        events: EventStream,
        environ: Mapping[str, str],
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._agents = agents
        self._scripts = scripts
        self._events = events
        self._environ = environ
        self._told: dict[Path, str] = {}
        self._folders: dict[Path, Callable[[Path], Awaitable[None]]] = {
            paths.profiles: self._profile,
            paths.agents: self._manifest,
            paths.providers: self._manifest,
            paths.scripts: self._script,
        }

    @property
    def folders(self) -> list[Path]:
        """Whose files are worth watching."""
        return list(self._folders)

    @property
    def problems(self) -> list[str]:
        """Files that were changed and do not parse."""
        return list(self._told.values())

    async def examine(self) -> None:
        """Look at what nobody has used yet: the scripts of the user."""
        folder = next(path for path, take in self._folders.items() if take == self._script)
        await self.changed(await asyncio.to_thread(lambda: list(folder.glob("*.rhai"))))

    async def changed(self, paths: Iterable[Path]) -> None:
        """These files were written, moved or removed."""
        for path in sorted(paths):
            take_over = self._folders.get(path.parent)
            if take_over is None or path.name.startswith("."):
                continue
            try:
                await take_over(path)
                self._told.pop(path, None)
            except RingletError as error:
                self._told[path] = error.message
                _log.warning("%s. %s", error.message, error.hint)

    async def replaced(self, folder: Path) -> None:
        """Another folder, or none, is where this one was."""
        if folder not in self._folders:
            self._told[folder] = f"{folder} was replaced; the daemon needs: ringlet daemon restart"
            _log.warning("%s", self._told[folder])
            return
        found = await aside(_files, folder)
        if self._folders.get(folder) == self._profile:
            found |= {folder / f"{profile.alias}.json" for profile in self._store.all()}
        _log.info("%s is another folder now, with %d files", folder, len(found))
        await self.changed(found)

    async def _profile(self, path: Path) -> None:
        if path.suffix != ".json":
            return
        before, after = await self._store.reread(path.stem)
        self._tell(path.stem, before, after)

    def _tell(self, alias: str, before: Profile | None, after: Profile | None) -> None:
        """Publish what became of a profile; what we wrote ourselves is no difference."""
        if after is None:
            if before is not None:
                self._events.publish("ProfileDeleted", {"alias": alias})
        elif before is None:
            self._events.publish("ProfileCreated", profile_created(after))
        elif different := changes(before, after):
            self._events.publish("ProfileUpdated", {"alias": alias, "changes": different})

    async def _script(self, path: Path) -> None:
        """A script counts at its next use by itself; what is wrong with it is said here."""
        if path.suffix == ".rhai":
            await asyncio.to_thread(self._scripts.check, path.name)

    async def _manifest(self, path: Path) -> None:
        """The catalogs look at their folders by themselves; what is new is said here."""
        for problem in self._catalogs.problems:
            if problem.path == str(path):
                _log.warning("%s", problem)
        await self._agents.all(self._environ)


def _files(folder: Path) -> set[Path]:
    try:
        return set(folder.iterdir())
    except OSError:
        return set()
