"""Who asks: which of the runs that are under way, if any, a process belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from ringlet.domain.rights import USER, AgentRights, Inside, Origin
from ringlet.engine.records import ActiveRun, agent_of, traces
from ringlet.runtime import loopback, processtable, tree
from ringlet.runtime.belonging import runs_of
from ringlet.runtime.loopback import Address
from ringlet.runtime.process import Process

_UNKNOWN = Origin(is_known=False)


@dataclass(frozen=True, slots=True)
class _Present:
    """The runs that have not ended, and those of them, by id, that limit their processes."""

    active: list[ActiveRun]
    limited: dict[str, Inside]


class Origins:
    """Tells the user from the runs of agents, whose rights may be limited.

    `active` are the runs that have not ended, `rights` those of a profile. While no run is limited
    everybody is the user, and nothing is looked up. What was found about a connection holds until
    the runs or their rights are others. What else runs in the environment of a profile
    (`profiles exec`) is the user's.
    """

    def __init__(
        self,
        *,
        active: Callable[[], Sequence[ActiveRun]],
        rights: Callable[[str], AgentRights],
    ) -> None:
        self._active = active
        self._rights = rights
        self._found: WeakKeyDictionary[object, tuple[_Present, Origin]] = WeakKeyDictionary()
        self._searching = asyncio.Lock()

    async def of_process(self, connection: object, pid: int | None) -> Origin:
        """Who asks over a connection that the process has made; None: the system does not tell."""
        known = self._known(connection)
        return known or await self._find(connection, lambda present: _look_at(pid, present))

    async def of_loopback(self, connection: object, client: Address, server: Address) -> Origin:
        """Who asks over a TCP connection on this machine.

        One search at a time: it takes the interpreter from all that is answered meanwhile.
        """
        if known := self._known(connection):
            return known
        async with self._searching:
            known = self._known(connection)
            return known or await self._find(
                connection, lambda present: _look_for(client, server, present)
            )

    def of_subscriber(self, pid: int | None) -> Origin:
        """Who follows events. Reads a few small files at once."""
        present = self._present()
        return _look_at(pid, present) if present.limited else USER

    def _known(self, connection: object) -> Origin | None:
        """What need not be looked up."""
        present = self._present()
        if not present.limited:
            return USER
        found = self._found.get(connection)
        return found[1] if found is not None and found[0] == present else None

    async def _find(self, connection: object, look: Callable[[_Present], Origin]) -> Origin:
        present = self._present()
        origin = await asyncio.to_thread(look, present)
        self._found[connection] = present, origin
        return origin

    def _present(self) -> _Present:
        active = list(self._active())
        inside = (
            Inside(run.run_id, run.profile, self._rights(run.profile))
            for run in active
            if run.is_agent
        )
        return _Present(active, {each.run_id: each for each in inside if each.rights != "full"})


def _look_at(pid: int | None, present: _Present) -> Origin:
    ids = runs_of(pid, _traces(present), _detached(present)) if pid else None
    if ids is None:
        return _UNKNOWN
    leases = frozenset(run.run_id for run in present.active if run.client_pid == pid)
    return _origin(ids, present, leases)


def _look_for(client: Address, server: Address, present: _Present) -> Origin:
    """Only processes of runs are searched for the connection: whoever else has it is the user."""
    entry = loopback.socket_of(client, server)
    if entry is None:
        return _UNKNOWN if loopback.IS_TOLD else USER
    runs = _traces(present)
    since = min(run.agent.start if run.agent else 0.0 for run in runs)  # nothing of them is older
    young = [r.pid for r in processtable.rows() if r.start >= since and r.uid == entry.uid]
    holding, hidden = loopback.holders(entry.inode, young)
    detached = _detached(present)
    found = [runs_of(pid, runs, detached) for pid in holding]
    if None in found or (not found and loopback.socket_of(client, server) != entry):
        return _UNKNOWN  # who held it has ended, or hung up, while we looked
    if not holding and any(runs_of(pid, runs, detached) for pid in hidden):
        return _UNKNOWN
    return _origin(set().union(*filter(None, found)), present, frozenset())


def _traces(present: _Present) -> list[tree.Traces]:
    return [traces(run) for run in present.active if run.run_id in present.limited]


def _detached(present: _Present) -> set[Process]:
    """The agents that daemons have started, limited or not."""
    return {agent for run in present.active if run.is_detached and (agent := agent_of(run))}


def _origin(ids: set[str], present: _Present, leases: frozenset[str]) -> Origin:
    return Origin(tuple(present.limited[run_id] for run_id in sorted(ids)), leases)
