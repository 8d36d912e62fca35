"""Requests about runs."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.plans import Situation
from ringlet.wire.relay import seen_from
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.runs import (
    ExecutionContext,
    KeyOfRun,
    RunCompleted,
    RunInfo,
    RunKeys,
    StartedProcess,
)
from ringlet.wire.requests.runs import (
    ProfilesComplete,
    ProfilesPrepare,
    ProfilesRun,
    RunKey,
    RunSecrets,
    RunsList,
    RunsPause,
    RunsResume,
    RunsStop,
    RunStarted,
)

table = Table()


@table.on(ProfilesPrepare, "execution_context")
async def prepare(call: Call, request: ProfilesPrepare) -> ExecutionContext:
    cwd = request.cwd or str(call.services.paths.user_home)
    environ = seen_from(cwd, request.environ or os.environ)
    return await call.services.launches.prepare(
        request.alias,
        args=request.args,
        situation=Situation(cwd, environ, trust=request.trust),
        client=call.client(),
        command=request.command,
    )


@table.on(ProfilesRun, "run_started")
async def run(call: Call, request: ProfilesRun) -> StartedProcess:
    here = Situation(request.cwd or str(call.services.paths.user_home), os.environ)
    pid = await call.services.launches.run_detached(
        request.alias, args=request.args, situation=here
    )
    return StartedProcess(pid)


@table.on(ProfilesComplete, "run_completed")
async def complete(call: Call, request: ProfilesComplete) -> RunCompleted:
    await call.services.launches.complete(request)
    return RunCompleted(request.exit_code)


@table.on(RunSecrets, "run_secrets")
async def redeem(call: Call, request: RunSecrets) -> RunKeys:
    if call.peer is None:
        raise RingletError(ErrorCode.FORBIDDEN, "Keys are only handed out over ipc://")
    return RunKeys(call.services.launches.redeem(request.ticket, call.peer.id))


@table.on(RunKey, "run_key")
async def key(call: Call, request: RunKey) -> KeyOfRun:
    secret = await call.services.run_keys.hand_out(request.run_id, call.client().pid)
    return KeyOfRun(secret.reveal())


@table.on(RunStarted, "success")
async def started(call: Call, request: RunStarted) -> Message:
    await call.services.runs.started(request.run_id, request.pid)
    return Message("noted")


@table.on(RunsList, "runs")
async def list_runs(call: Call, request: RunsList) -> list[RunInfo]:
    return await call.services.runs.recent(request.limit)


@table.on(RunsPause, "success")
async def pause(call: Call, request: RunsPause) -> Message:
    await call.services.runs.pause(request.run_id)
    return Message(f"Run {request.run_id} paused")


@table.on(RunsResume, "success")
async def resume(call: Call, request: RunsResume) -> Message:
    await call.services.runs.resume(request.run_id)
    return Message(f"Run {request.run_id} goes on")


@table.on(RunsStop, "success")
async def stop(call: Call, request: RunsStop) -> Message:
    await call.services.runs.stop(request.run_id)
    return Message(f"Run {request.run_id} ended")
