"""The version of the public protocol, and limits that both sides know."""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
DEFAULT_DEADLINE: Final = 60.0
MOST_RECORDS: Final = 5000  # of usage, on one page
MOST_RUNS: Final = 10_000  # that one listing shows
