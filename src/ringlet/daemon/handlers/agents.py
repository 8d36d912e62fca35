"""Requests about agents."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.wire.replies.agents import AgentDetail, AgentInfo, AgentInstalled
from ringlet.wire.replies.base import Message
from ringlet.wire.requests.agents import (
    AgentsInspect,
    AgentsInstall,
    AgentsList,
    AgentsSetPath,
    AgentsUninstall,
)

table = Table()


@table.on(AgentsList, "agents")
async def list_agents(call: Call, request: AgentsList) -> list[AgentInfo]:
    return await call.services.agents.all(os.environ, refresh=request.refresh)


@table.on(AgentsInspect, "agent")
async def inspect(call: Call, request: AgentsInspect) -> AgentDetail:
    return await call.services.agents.inspect(request.id, os.environ)


@table.on(AgentsInstall, "agent_installed")
async def install(call: Call, request: AgentsInstall) -> AgentInstalled:
    found = await call.services.installs.install(request.id, request.version, os.environ)
    return AgentInstalled(request.id, found.version, str(found.path), found.fresh)


@table.on(AgentsUninstall, "success")
async def uninstall(call: Call, request: AgentsUninstall) -> Message:
    return Message(f"Removed {await call.services.installs.uninstall(request.id)}")


@table.on(AgentsSetPath, "agent")
async def set_path(call: Call, request: AgentsSetPath) -> AgentInfo:
    return await call.services.agents.choose(request.id, request.path, os.environ)
