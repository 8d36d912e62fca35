"""Read everything again from the beginning, and compare with the ledger."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Call
from ringlet.engine.usage.ingestion import Ingestion
from ringlet.engine.usage.places import Place
from ringlet.store.ledger.exchange import Record, row_of
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.queries import Span
from ringlet.wire.replies.ledger import UsageDifference, UsageFindings

_SHOWN: Final = 100


def verify(ledger: Ledger, places: Iterable[Place], scratch: Path) -> UsageFindings:
    """Compare; blocks, and takes as long as a first import. `scratch` is a folder to write in."""
    with tempfile.TemporaryDirectory(dir=scratch, prefix="verify-") as folder:
        again = Ledger(Path(folder) / "usage.db")
        try:
            rows = {record.key: record for block in ledger.records() for record in block}
            kept_as = {row_of(key): row_of(target) for key, target in ledger.aliases().items()}
            logs: list[Place] = []
            totals: set[str] = set()
            for place in places:
                if place.reader.sums_only:
                    totals.add(place.reader.agent)
                else:
                    logs.append(place)
            ingestion = Ingestion(ledger=again, price=_free, runs_at=lambda profile, start, end: ())
            progress = ingestion.refresh(logs)
            found = [
                msgspec.structs.replace(record, key=kept_as.get(record.key, record.key))
                for block in again.records()
                for record in block
            ]
        finally:
            again.close()
    alone = rows.keys() - {record.key for record in found}
    uncompared = [key for key in alone if rows[key].agent in totals]
    wrong = [record for record in found if _differs(rows.get(record.key), record)]
    return UsageFindings(
        files=progress.files,
        in_files=len(found),
        in_ledger=len(rows),
        kept=len(alone) - len(uncompared),
        not_compared=len(uncompared),
        totals_only=sorted({rows[key].agent for key in uncompared}),
        different=len(wrong),
        unreadable=sum(ingestion.unreadable.values()),
        sums_agree=_sums_agree(ledger, rows.values()),
        differences=[_difference(rows.get(record.key), record) for record in wrong[:_SHOWN]],
    )


def _free(call: Call) -> Cost:
    return Cost(0)


def _differs(row: Record | None, record: Record) -> bool:
    """The ledger may know more than the files say now, never less."""
    if row is None:
        return True
    if row.tokens == record.tokens and row.model == record.model:
        return False
    return record.tokens.output > row.tokens.output or row.tokens.output == record.tokens.output


def _difference(row: Record | None, record: Record) -> UsageDifference:
    tokens = row.tokens if row else None
    return UsageDifference(record.session, record.time, record.model, tokens, record.tokens)


def _sums_agree(ledger: Ledger, rows: Iterable[Record]) -> bool:
    bounds = ledger.bounds()
    sums = ledger.sums([Span("", *bounds)], (), {}) if bounds else []
    counted = [0, 0, 0]
    for row in rows:
        counted[0] += 1
        counted[1] += row.tokens.total
        counted[2] += row.cost or 0
    stored = [sum(part) for part in zip(*((s.calls, s.tokens.total, s.cost.total) for s in sums),
                                        strict=True)] or [0, 0, 0]  # fmt: skip
    return stored == counted
