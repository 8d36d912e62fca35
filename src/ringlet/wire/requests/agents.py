"""Requests about agents."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class AgentsList(Request, frozen=True, tag="agents_list"):
    """All known agents; `refresh` probes again instead of trusting the cache."""

    refresh: bool = False


class AgentsInspect(Request, frozen=True, tag="agents_inspect"):
    id: str
