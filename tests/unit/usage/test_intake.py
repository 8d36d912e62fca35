"""How often files are read when many ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from tests.unit.usage.test_pricing import lists
from tests.unit.usage.world import answer, transcript

from ringlet.engine.events import EventStream
from ringlet.engine.usage.intake import Intake
from ringlet.engine.usage.places import User
from ringlet.engine.usage.snapshot import Snapshot
from ringlet.engine.usage.totals import Totals
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.runs import Run
from ringlet.store.paths import Paths


async def test_many_who_ask_at_once_share_a_reading_that_began_after_they_asked(
    own_home: Path, tmp_path: Path
) -> None:
    readings: list[None] = []

    def active_runs() -> Iterable[Run]:
        readings.append(None)  # each reading asks for them once
        return ()

    (tmp_path / "telemetry").mkdir()
    (tmp_path / "registry").mkdir()
    ledger = Ledger(tmp_path / "telemetry/usage.db")
    intake = Intake(
        ledger=ledger,
        profiles=list,
        user=User(own_home, {}),
        sessions=tmp_path / "telemetry/sessions.jsonl",
        active_runs=active_runs,
        events=EventStream(),
        prices=lists(Paths(tmp_path, tmp_path, tmp_path, tmp_path)),
        snapshot=Snapshot(tmp_path / "telemetry/aggregates.json", Totals(ledger, {})),
        enabled=lambda: True,
    )
    first = asyncio.create_task(intake.refresh(patience=None))
    await asyncio.sleep(0)
    assert intake.is_reading
    transcript(own_home).write_bytes(answer(1))
    await asyncio.gather(*(intake.refresh(patience=None) for _ in range(20)))
    assert await first
    assert len(readings) == 2
    assert ledger.count() == 1
    await intake.close()
