"""`aggregates.json`: what the ledger sums up to, for programs that read files."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import msgspec

from ringlet.engine.usage.periods import EVER, Period
from ringlet.engine.usage.reports import Query
from ringlet.engine.usage.totals import Totals
from ringlet.store.files import write_atomic

_SCHEMA_VERSION = 1


class Snapshot:
    """Writes the file, whole or not at all. It is never read by Ringlet; blocks."""

    def __init__(self, path: Path, totals: Totals) -> None:
        self._path = path
        self._totals = totals

    def write(self) -> None:
        """Replace the file by one that holds what the ledger holds."""
        usage = self._totals.usage(Query(Period("all", *EVER, UTC, "UTC")))
        runs = self._totals.runs({})
        document = {
            "schema_version": _SCHEMA_VERSION,
            **msgspec.to_builtins(usage.aggregates),
            "by_provider": msgspec.to_builtins(runs.by_provider),
            "total_sessions": usage.total_sessions,
            "total_runtime_secs": usage.total_runtime_secs,
        }
        write_atomic(self._path, msgspec.json.format(msgspec.json.encode(document)) + b"\n")
