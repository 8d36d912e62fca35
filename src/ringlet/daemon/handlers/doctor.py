"""Requests to the doctor."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.wire.replies.doctor import DoctorReport
from ringlet.wire.requests.doctor import DoctorExamine

table = Table()


@table.on(DoctorExamine, "doctor")
async def examine(call: Call, request: DoctorExamine) -> DoctorReport:
    return await call.services.doctor.examine(fix=request.fix, environ=os.environ)
