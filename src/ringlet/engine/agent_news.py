"""What is told of agents as they come, change and go: each once, whoever looks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ringlet.agents.cache import DetectionCache, Seen
from ringlet.domain.agents import Agent, Detection
from ringlet.engine.events import EventStream

# npm takes a program away for as long as it unpacks the next one.
GRACE_SECONDS: Final = 5.0


class AgentNews:
    """Compares what is found with what was found last, and publishes the difference.

    One that is gone is looked for once more by `look` before that is told.
    """

    def __init__(
        self,
        *,
        cache: DetectionCache,
        events: EventStream,
        find: Callable[[str], Agent | None],
        look: Callable[[str], Awaitable[object]],
        brought: Callable[[Detection], str],
    ) -> None:
        self._cache = cache
        self._events = events
        self._find = find
        self._look = look
        self._brought = brought
        self._missing: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, found: Detection) -> None:
        """What the daemon itself has found."""
        agent = self._find(found.agent_id)
        if agent is None:  # its manifest was removed meanwhile
            return
        if not found.installed:
            self._miss(agent)
            return
        self._missing.pop(agent.id, None)
        before = self._cache.seen(agent.id)
        if found.stale and before is not None:
            return  # nothing is known that was not before
        kept = before.search_path if before and before.path == found.path else ""
        now = Seen(found.path, found.version, found.checked, kept or self._brought(found))
        self._cache.exchange(agent.id, now)
        if before is None:
            data = {"id": agent.id, "name": agent.name, "version": found.version}
            self._events.publish("AgentDetected", data | {"binary_path": found.path})
        elif (before.version, before.path) != (found.version, found.path):
            self._update(agent, before, found)

    def tell_first(self, found: Detection) -> None:
        """What somebody else has found: it counts only where nothing was known."""
        if found.installed and self._cache.seen(found.agent_id) is None:
            self.tell(found)

    async def close(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _update(self, agent: Agent, before: Seen, found: Detection) -> None:
        data = {
            "id": agent.id,
            "old_version": before.version,
            "new_version": found.version,
        }
        if before.path != found.path:
            data |= {"old_path": before.path, "binary_path": found.path}
        self._events.publish("AgentUpdated", data)

    def _miss(self, agent: Agent) -> None:
        """It is not there now; tell so if it is not there in a moment, either."""
        seen = self._cache.seen(agent.id)
        if seen is None:
            return
        loop = asyncio.get_running_loop()
        since = self._missing.get(agent.id)
        if since is None:
            self._missing[agent.id] = loop.time()
            task = loop.create_task(self._look_again(agent.id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif loop.time() - since >= GRACE_SECONDS:
            del self._missing[agent.id]
            self._cache.exchange(agent.id, None)
            data = {"id": agent.id, "name": agent.name, "version": seen.version}
            self._events.publish("AgentRemoved", data | {"binary_path": seen.path})

    async def _look_again(self, agent_id: str) -> None:
        await asyncio.sleep(GRACE_SECONDS)
        await self._look(agent_id)
