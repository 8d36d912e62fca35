"""What the doctor says."""

from __future__ import annotations

import msgspec


class DoctorFinding(msgspec.Struct, frozen=True):
    """`level` is ok, warning or error; `fixable` findings are mended when asked to."""

    area: str
    level: str
    message: str
    hint: str
    fixable: bool
    fixed: bool


class DoctorReport(msgspec.Struct, frozen=True):
    """All findings, and how many of each kind are left."""

    findings: list[DoctorFinding]
    errors: int
    warnings: int
    fixed: int
