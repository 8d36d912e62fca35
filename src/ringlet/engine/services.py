"""The use cases as the edges see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ringlet.engine.agents import Agents
from ringlet.engine.aliases import Aliases
from ringlet.engine.creation import Creation
from ringlet.engine.launches import Launches
from ringlet.engine.profiles import Profiles
from ringlet.engine.providers import Providers
from ringlet.engine.runs import Runs
from ringlet.store.paths import Paths
from ringlet.wire.replies import DaemonInfo


@dataclass(frozen=True, slots=True)
class Services:
    """What commands and requests may call; only the composition root makes one."""

    paths: Paths
    agents: Agents
    providers: Providers
    profiles: Profiles
    creation: Creation
    aliases: Aliases
    launches: Launches
    runs: Runs
    status: Callable[[], DaemonInfo]
