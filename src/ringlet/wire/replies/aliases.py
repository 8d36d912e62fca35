"""What is said of shims."""

from __future__ import annotations

import msgspec


class AliasInfo(msgspec.Struct, frozen=True):
    alias: str
    path: str
