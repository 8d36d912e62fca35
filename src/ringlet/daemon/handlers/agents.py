"""Requests about agents."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.wire.replies.agents import AgentDetail, AgentInfo
from ringlet.wire.requests.agents import AgentsInspect, AgentsList

table = Table()


@table.on(AgentsList, "agents")
async def list_agents(call: Call, request: AgentsList) -> list[AgentInfo]:
    return await call.services.agents.all(os.environ, refresh=request.refresh)


@table.on(AgentsInspect, "agent")
async def inspect(call: Call, request: AgentsInspect) -> AgentDetail:
    return await call.services.agents.inspect(request.id, os.environ)
