"""What sets things up and looks after them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringlet.daemon.parts.editing import EditingParts

if TYPE_CHECKING:
    from ringlet.engine.installs import Installs


class SetupParts(EditingParts):
    """The use cases about what is installed here."""

    @cached_property
    def installs(self) -> Installs:
        from ringlet.engine.installs import Installs

        return Installs(catalogs=self.catalogs, paths=self.paths, runs=self.runs)
