"""What sets things up."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.editing import EditingParts

if TYPE_CHECKING:
    from ringlet.engine.adoption import Adoption
    from ringlet.engine.installs import Installs


class SetupParts(EditingParts):
    """The use cases about what is installed here, or was before."""

    @cached_property
    def installs(self) -> Installs:
        from ringlet.engine.installs import Installs

        return Installs(catalogs=self.catalogs, paths=self.paths, runs=self.runs)

    @cached_property
    def adoption(self) -> Adoption:
        from ringlet.engine.adoption import Adoption

        return Adoption(paths=self.paths, refresh=self.refresh)
