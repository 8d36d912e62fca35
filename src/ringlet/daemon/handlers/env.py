"""Requests about set-up tasks."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.engine.plans import Situation
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.profiles import TaskInfo
from ringlet.wire.requests.env import EnvSetup, EnvTasks

table = Table()


@table.on(EnvTasks, "tasks")
async def list_tasks(call: Call, request: EnvTasks) -> list[TaskInfo]:
    return call.services.tasks.all(request.alias)


@table.on(EnvSetup, "success")
async def setup(call: Call, request: EnvSetup) -> Message:
    here = Situation(request.cwd or str(call.services.paths.user_home), os.environ)
    output = await call.services.tasks.run(request.alias, request.task, situation=here)
    return Message("\n".join(filter(None, [f"The task {request.task} is done", output])))
