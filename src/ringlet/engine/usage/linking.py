"""Which run an answer belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from ringlet.domain.usage import Call
from ringlet.engine.records import ActiveRun
from ringlet.store.ledger.runs import Run

# An agent writes its last lines a moment after its process was seen to start or end.
_MARGIN_MS: Final = 3000

_OPEN_END: Final = 1 << 60
RunsAt = Callable[[str, int, int], Iterable[Run]]


def link(calls: list[Call], runs_at: RunsAt) -> list[Call]:
    """The calls, all of one profile, each with the run during which it was made.

    Two runs at once are told apart by their folder; if that does not do it, the call has none.
    """
    if not calls or not calls[0].profile:
        return calls
    times = [call.time for call in calls]
    first, last = min(times) - _MARGIN_MS, max(times) + _MARGIN_MS
    runs = list(runs_at(calls[0].profile, first, last))
    return [_linked(call, runs) for call in calls] if runs else calls


def running(run: ActiveRun) -> Run:
    """A run that goes on, like one that ends some day."""
    return Run(
        run.run_id,
        run.profile,
        run.agent_id,
        run.provider_id,
        run.model,
        run.cwd,
        round(run.started_at.timestamp() * 1000),
        _OPEN_END,
        0.0,
    )


def _linked(call: Call, runs: list[Run]) -> Call:
    during = [
        run for run in runs if run.started - _MARGIN_MS <= call.time <= run.ended + _MARGIN_MS
    ]
    if len(during) > 1:
        inside = [run for run in during if run.started <= call.time <= run.ended]
        during = inside if len(inside) == 1 else [r for r in during if r.cwd == call.project]
    return replace(call, run_id=during[0].id) if len(during) == 1 else call
