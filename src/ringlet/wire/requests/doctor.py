"""Requests to the doctor."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class DoctorExamine(Request, frozen=True, tag="doctor"):
    """Look for what is wrong; with `fix`, mend what is safe to mend."""

    fix: bool = False
