"""The use cases as the edges see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ringlet.engine.access import Access
    from ringlet.engine.adoption import Adoption
    from ringlet.engine.agents import Agents
    from ringlet.engine.aliases import Aliases
    from ringlet.engine.budgets import Budgets
    from ringlet.engine.changes import Changes
    from ringlet.engine.cloning import Cloning
    from ringlet.engine.config import Config
    from ringlet.engine.creation import Creation
    from ringlet.engine.deletion import Deletion
    from ringlet.engine.doctor import Doctor
    from ringlet.engine.edits import Edits
    from ringlet.engine.enforcement import Enforcement
    from ringlet.engine.events import EventStream
    from ringlet.engine.inspection import Inspection
    from ringlet.engine.installs import Installs
    from ringlet.engine.keys import Keys
    from ringlet.engine.launches import Launches
    from ringlet.engine.origins import Origins
    from ringlet.engine.previews import Previews
    from ringlet.engine.profiles import Profiles
    from ringlet.engine.providers import Providers
    from ringlet.engine.renaming import Renaming
    from ringlet.engine.run_keys import RunKeys
    from ringlet.engine.runs import Runs
    from ringlet.engine.scripts import Scripts
    from ringlet.engine.secrets import Secrets
    from ringlet.engine.tasks import Tasks
    from ringlet.engine.usage.service import Usage
    from ringlet.engine.workspace import Workspace
    from ringlet.store.paths import Paths
    from ringlet.wire.replies.daemon import DaemonInfo


class Services(Protocol):
    """What commands and requests may call; the composition root makes each at its first use."""

    @property
    def paths(self) -> Paths: ...
    @property
    def access(self) -> Access: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def config(self) -> Config: ...
    @property
    def events(self) -> EventStream: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def adoption(self) -> Adoption: ...
    @property
    def doctor(self) -> Doctor: ...
    @property
    def installs(self) -> Installs: ...
    @property
    def providers(self) -> Providers: ...
    @property
    def profiles(self) -> Profiles: ...
    @property
    def inspection(self) -> Inspection: ...
    @property
    def deletion(self) -> Deletion: ...
    @property
    def creation(self) -> Creation: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def edits(self) -> Edits: ...
    @property
    def renaming(self) -> Renaming: ...
    @property
    def cloning(self) -> Cloning: ...
    @property
    def previews(self) -> Previews: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def aliases(self) -> Aliases: ...
    @property
    def launches(self) -> Launches: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def may_have_runs(self) -> bool:
        """Whether there are runs, or files of them that nobody has read yet."""
        ...

    @property
    def origins(self) -> Origins | None:
        """Who tells the runs of agents from the user; None while nothing runs."""
        ...

    @property
    def run_keys(self) -> RunKeys: ...
    @property
    def scripts(self) -> Scripts: ...
    @property
    def usage(self) -> Usage: ...
    @property
    def budgets(self) -> Budgets: ...
    @property
    def enforcement(self) -> Enforcement: ...

    @property
    def workspace(self) -> Workspace: ...

    @property
    def look(self) -> Callable[[], Awaitable[None]]:
        """Takes over changes by hand that the system says nothing of."""
        ...

    def status(self) -> DaemonInfo:
        """About the process that serves."""
        ...

    def locate_http(self) -> None:
        """Decide where HTTP will answer, and write it down, unless that was done."""
        ...

    def adjust(
        self, *, stay_alive: bool | None, idle_timeout: float | None, log_level: str | None
    ) -> None:
        """Change how the daemon was started; None leaves things as they are."""
        ...

    async def examine(self) -> None:
        """Look at every state file once, so that damage is told at once."""
        ...
