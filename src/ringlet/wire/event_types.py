"""What is in the `data` of each event. The name of the class is the `type` of the event."""

from __future__ import annotations

from typing import Final

import msgspec

from ringlet.wire.replies.budgets import BudgetInfo


class DaemonStarted(msgspec.Struct, frozen=True):
    """The daemon answers."""

    version: str
    pid: int


class DaemonShuttingDown(msgspec.Struct, frozen=True):
    """The daemon is about to go; `reason` is signal, requested or idle_timeout."""

    reason: str


class ProfileCreated(msgspec.Struct, frozen=True):
    """There is a new profile."""

    alias: str
    agent_id: str
    provider_id: str
    model: str


class ProfileUpdated(msgspec.Struct, frozen=True):
    """A profile was changed; `changes` names the fields, `api_key` among them for a new key.

    After a renaming `previous_alias` is the one that it had.
    """

    alias: str
    changes: list[str]
    previous_alias: str | None = None


class ProfileDeleted(msgspec.Struct, frozen=True):
    """A profile is gone."""

    alias: str


class ProfileStarted(msgspec.Struct, frozen=True):
    """A run of the profile has begun."""

    alias: str
    pid: int
    run_id: str


class ProfileStopped(msgspec.Struct, frozen=True):
    """A run of the profile has ended; `outcome` is as in `runs list`."""

    alias: str
    run_id: str
    exit_code: int | None
    runtime_secs: float
    outcome: str


class AgentDetected(msgspec.Struct, frozen=True):
    """An agent was found on this machine."""

    id: str
    name: str
    version: str | None
    binary_path: str | None


class AgentUpdated(msgspec.Struct, frozen=True):
    """An agent has another version than before, or is found elsewhere: then with both paths."""

    id: str
    old_version: str | None
    new_version: str | None
    old_path: str | None = None
    binary_path: str | None = None


class AgentRemoved(msgspec.Struct, frozen=True):
    """An agent is not found any more; `version` and `binary_path` are the last known."""

    id: str
    name: str
    version: str | None
    binary_path: str | None


class UsageUpdated(msgspec.Struct, frozen=True):
    """Answers came in; `tokens` and `cost` are theirs, not totals.

    `profile` is null if they are nobody's, `cost` (`total_cost`, in dollars) if no price is known.
    """

    agent: str
    profile: str | None
    alias: str | None
    calls: int
    tokens: dict[str, int]
    cost: dict[str, float] | None


class UsageImported(msgspec.Struct, frozen=True):
    """A home, or a ledger of another machine, was taken in; `calls` are the answers that were news.

    `source` names the agents in one word, or is `merge`: then `home` is the file of the ledger.
    `records_imported` is `calls`.
    """

    source: str
    records_imported: int
    home: str
    agents: list[str]
    files: int
    calls: int


class BudgetWarning(BudgetInfo, frozen=True):
    """Once in each period: `warn` percent of a budget are used. It is as in `budgets_list`."""


class BudgetReached(BudgetInfo, frozen=True):
    """All of a budget is used: once in each period, and whenever its action meets further runs.

    `runs` are those that are paused or ended for it now.
    """

    runs: list[str]


EVENTS: Final[dict[str, type[msgspec.Struct]]] = {
    each.__name__: each
    for each in (
        DaemonStarted,
        DaemonShuttingDown,
        ProfileCreated,
        ProfileUpdated,
        ProfileDeleted,
        ProfileStarted,
        ProfileStopped,
        AgentDetected,
        AgentUpdated,
        AgentRemoved,
        UsageUpdated,
        UsageImported,
        BudgetWarning,
        BudgetReached,
    )
}


class EventsMissed(msgspec.Struct, frozen=True):
    """To one client: what came after `after` is not kept any more; the next one is `next`."""

    after: int
    next: int


class Subscribed(msgspec.Struct, frozen=True, omit_defaults=True):
    """To one client: which types it gets from now on; null means all.

    `not_yet` are those that it asked for and this version does not have: `code` is 1105 then.
    """

    events: list[str] | None
    not_yet: list[str] = []
    code: int | None = None


class Pong(msgspec.Struct, frozen=True):
    """To one client: the answer to a ping; `seq` of the envelope is that of the last event."""


class Refused(msgspec.Struct, frozen=True):
    """To one client: what it sent cannot be done."""

    code: int
    message: str
    hint: str


# Said to one client; they change nothing and are not kept.
REMARKS: Final[dict[str, type[msgspec.Struct]]] = {
    each.__name__: each for each in (EventsMissed, Subscribed, Pong, Refused)
}
