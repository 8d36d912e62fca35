"""Run a plan in the caller's terminal, and record how it ended."""

from __future__ import annotations

from typing import Any

from ringlet.commands.session import Session
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.launches import Client
from ringlet.engine.plans import Situation
from ringlet.wire.requests.runs import ProfilesComplete


async def launch(
    session: Session,
    alias: str,
    args: list[str],
    *,
    command: list[str] | None = None,
    trust: bool = False,
) -> int:
    """Plan, let the client run it, record the end; returns the exit status."""
    services = session.change
    invocation = session.caller.invocation
    plan = await services.launches.prepare(
        alias,
        args=args,
        situation=Situation(invocation.cwd, invocation.environ, trust=trust),
        client=_client(session),
        command=command,
    )
    try:
        result = await session.caller.run(plan)
    except RingletError:
        await services.runs.discard(plan.run_id)
        raise
    await _record(session, plan.run_id, result)
    code = int(result["exit_code"])
    return code if code >= 0 else 128 - code


def _client(session: Session) -> Client:
    client = session.caller.client
    if client is None:
        raise RingletError(
            ErrorCode.FORBIDDEN, "Runs need the daemon's own socket, not a TCP endpoint"
        )
    return Client(*client, adopts=True)


async def _record(session: Session, run_id: str, result: dict[str, Any]) -> None:
    report = ProfilesComplete(
        run_id=run_id,
        exit_code=int(result["exit_code"]),
        peak_memory_bytes=result.get("peak_memory_bytes"),
        cpu_seconds=result.get("cpu_seconds"),
    )
    await session.use.launches.complete(report)
