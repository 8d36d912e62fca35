"""What changes profiles that are there, and what foresees changes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.profiles import ProfileParts

if TYPE_CHECKING:
    from ringlet.engine.changes import Changes
    from ringlet.engine.cloning import Cloning
    from ringlet.engine.edits import Edits
    from ringlet.engine.previews import Previews
    from ringlet.engine.renaming import Renaming


class EditingParts(ProfileParts):
    """The use cases about profiles as they are chosen."""

    @cached_property
    def changes(self) -> Changes:
        from ringlet.engine.changes import Changes

        return Changes(
            store=self.store,
            catalogs=self.catalogs,
            checks=self.checks,
            keys=self.keys,
            events=self.events,
        )

    @cached_property
    def edits(self) -> Edits:
        from ringlet.engine.edits import Edits

        return Edits(paths=self.paths)

    @cached_property
    def renaming(self) -> Renaming:
        from ringlet.engine.renaming import Renaming

        return Renaming(
            store=self.store,
            catalogs=self.catalogs,
            vault=self.vault,
            keys=self.keys,
            aliases=self.aliases,
            runs=self.runs,
            paths=self.paths,
            events=self.events,
        )

    @cached_property
    def cloning(self) -> Cloning:
        from ringlet.engine.cloning import Cloning

        return Cloning(store=self.store, keys=self.keys)

    @cached_property
    def previews(self) -> Previews:
        from ringlet.engine.previews import Previews

        return Previews(
            store=self.store,
            catalogs=self.catalogs,
            agents=self.agents,
            planner=self.planner,
            creation=self.creation,
            settings=self.current,
        )
